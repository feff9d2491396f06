// What every page has around it: head, navigation, who is signed in, and a notice of what was just done.
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { Session } from "./session.ts";
import type { Label, Tone } from "./words.ts";

/** What was just done, or why it was not. */
export interface Notice {
  readonly tone: Tone;
  readonly text: string;
}

/** An entry of the navigation. */
export type Section = "destinations" | "customers";

/** A page and its place. */
export interface PageProps {
  readonly title: string;
  /** `null` on pages that nobody needs to sign in for. */
  readonly session: Session | null;
  /** Which entry of the navigation the page belongs to. */
  readonly section?: Section;
  /** How often the page brings itself up to date, in ms; absent: never. */
  readonly refreshMs?: number;
  readonly notice?: Notice | null;
  readonly children: Child;
}

/** A whole page, as HTML. */
export function renderPage(props: PageProps) {
  return html`<!doctype html>${<Document {...props} />}`;
}

function Document({ title, session, section, refreshMs, notice, children }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Gameball relay`}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/live.js" defer></script>
      </head>
      <body data-refresh={refreshMs}>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="bar">
          <a class="brand" href="/">
            Gameball relay
          </a>
          {session !== null && <Navigation session={session} section={section} />}
        </header>
        <main id="main" tabindex={-1}>
          {notice != null && <NoticeLine {...notice} />}
          {children}
        </main>
        <p id="connection" class="notice bad" role="alert" hidden></p>
      </body>
    </html>
  );
}

function Navigation(props: { session: Session; section: Section | undefined }) {
  const { session, section } = props;
  const current = (name: Section) => (name === section ? "page" : undefined);
  return (
    <>
      <nav aria-label="Main">
        <a href="/" aria-current={current("destinations")}>
          Destinations
        </a>
        <a href="/customers" aria-current={current("customers")}>
          Customers
        </a>
      </nav>
      <form class="leave" method="post" action="/sign-out">
        {session.role === "reader" && <span class="role">Read only</span>}
        <CsrfField session={session} />
        <button class="quiet">Sign out</button>
      </form>
    </>
  );
}

function NoticeLine({ tone, text }: Notice) {
  return (
    <p id="notice" class={`notice ${tone}`} role="status" tabindex={-1}>
      {text}
    </p>
  );
}

/** What every form that changes something must send. */
export function CsrfField({ session }: { readonly session: Session }) {
  return <input type="hidden" name="csrf" value={session.csrf} />;
}

/** A state as a word in its colour; the word alone says it, too. */
export function Badge({ word, tone }: Label) {
  return <span class={`badge ${tone}`}>{word}</span>;
}

/** A time as words, with the exact one (RFC 3339) where a pointer rests on it. */
export function Time({ at, words }: { readonly at: string; readonly words: string }) {
  return (
    <time datetime={at} title={at}>
      {words}
    </time>
  );
}

/** A part of a page under a heading that names it; its content is found by the id. */
export function TitledSection(props: {
  readonly id: string;
  readonly title: string;
  readonly class?: string;
  readonly children: Child;
}) {
  const { id, title, children } = props;
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <div id={id} class={props.class}>
        {children}
      </div>
    </section>
  );
}

/** A table that scrolls by itself where the screen is narrow, and can be reached by keyboard. */
export function Table(props: {
  readonly label: string;
  readonly heads: readonly string[];
  readonly children: Child;
}) {
  return (
    <div class="scroll" tabindex={0} role="group" aria-label={props.label}>
      <table>
        <thead>
          <tr>
            {props.heads.map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
