// A file's mutants: its source with one thing broken in each.
import { applyEdit, type Edit } from "./edit.ts";
import { breakNode } from "./operators.ts";
import { childrenOf, type Node, nodeAt, parse } from "./syntax.ts";

/** One way to break a file. */
export interface Mutant {
  /** From the root. */
  readonly file: string;
  /** 1 for the first. */
  readonly line: number;
  /** The whole line as it is, to tell it from others wherever it moves. */
  readonly code: string;
  /** What is broken: the smallest expression around it, before and after. */
  readonly change: string;
  readonly edit: Edit;
}

/** Characters of a change that are shown. */
const MAX_CHANGE = 160;

/** All mutants of a file, in the order of its text. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const mutants: Mutant[] = [];
  const visit = (node: Node): void => {
    if (isLeftAlone(node, source)) return;
    for (const edit of breakNode(node, source)) mutants.push(describe(file, source, node, edit));
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(source));
  return mutants.toSorted((left, right) => left.edit.start - right.edit.start);
}

/** Types, what only puts an object together, and schemas, which are parsed at the border and tested there. */
function isLeftAlone(node: Node, source: string): boolean {
  if (node.type === "TSAsExpression" || node.type === "TSSatisfiesExpression") return false;
  if (node.type.startsWith("TS") || node.type === "ImportDeclaration") return true;
  if (node.type === "MethodDefinition") return node["kind"] === "constructor";
  const callee = node.type === "CallExpression" ? nodeAt(node, "callee") : null;
  return callee !== null && source.startsWith("v.", callee.start);
}

function describe(file: string, source: string, node: Node, edit: Edit): Mutant {
  const before = source.slice(0, edit.start);
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineEnd = source.indexOf("\n", edit.start);
  const old = source.slice(node.start, node.end);
  const inNode = { ...edit, start: edit.start - node.start, end: edit.end - node.start };
  const isLong = old.length > MAX_CHANGE / 2;
  const [from, to] = isLong
    ? [source.slice(edit.start, edit.end), edit.text]
    : [old, applyEdit(old, inNode)];
  return {
    file,
    line: before.split("\n").length,
    code: source.slice(lineStart, lineEnd).trim(),
    change: `${oneLine(from)} → ${oneLine(to)}`,
    edit,
  };
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "nothing" : line.slice(0, MAX_CHANGE);
}
