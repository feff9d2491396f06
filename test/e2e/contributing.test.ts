// What those who carry on are told: every file that is named is there, and CI runs what it says.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The commands of a script or a workflow that are npm's. */
const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^(?: *- run: )?(npm .*)$/gm)].map(([, command]) => command ?? "");

describe("the workflow", () => {
  const workflow = read(".github/workflows/check.yml");

  it("begins with what .ci/run runs, in its order", () => {
    const wanted = commandsOf(read(".ci/run"));
    expect(wanted).toContain("npm test");
    expect(commandsOf(workflow).slice(0, wanted.length)).toEqual(wanted);
  });

  it("may only read, and keeps no token", () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    expect(workflow).toContain("persist-credentials: false");
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(actions.every((action) => /^actions\/[a-z-]+@v\d+$/.test(action ?? ""))).toBe(true);
  });
});

describe.each(["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"])("%s", (path) => {
  const text = read(path);

  it("names no file that there is not", () => {
    const named = [...text.matchAll(/`((?:src|test)\/[\w/.-]+)`/g)].map(([, name]) => name ?? "");
    // A format that is yet to be written, and its test.
    const invented = named.filter((name) => /\bacme\b/.test(name));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual(invented);
  });

  it("leads to no place that there is not", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g)];
    for (const [, file = "", anchor] of links) {
      const target = file === "" ? path : join(dirname(path), file);
      expect(existsSync(join(root, target))).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(headings).toContain(anchor);
    }
  });
});

it("the README tells of every script in package.json", () => {
  const readme = read("README.md");
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const names = Object.keys(scripts);
  const isTold = (name: string): boolean =>
    readme.includes(`npm run ${name}`) || readme.includes(`npm ${name}`);
  expect(names.filter((name) => !isTold(name))).toEqual([]);
});
