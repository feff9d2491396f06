// The dashboard's own script, as the browser gets it: it brings a page up to date, and sends forms without
// leaving it. Without it everything works, by loading pages.

/**
 * What the server shows differently is changed in place, node by node, so that focus, scrolling, open details and
 * what somebody types stay. Lists are matched by the ids of their items: whoever is about to press a button must
 * not find another customer's under the finger. `data-refresh` of the body says how often to ask, in ms.
 */
export const LIVE_SCRIPT = /* js */ `"use strict";
const IDLE_MS = 5 * 60_000;
const IDLE_FACTOR = 4;
const RETRY_MS = 4_000;
const LOST = "The relay does not answer. This is how things stood at ";

let timer = 0;
let isSending = false;
let touchedAt = Date.now();
let seenAt = new Date();

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
const mayBecome = (old, next) => old.nodeName === next.nodeName && (old.id ?? "") === (next.id ?? "");

function become(old, next) {
  if (old.isEqualNode(next)) return;
  if (!isElement(old)) {
    old.data = next.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    const isOpen = name === "open" && old.nodeName === "DETAILS";
    if (!isOpen && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  becomeChildren(old, next);
}

function becomeChildren(old, next) {
  const named = new Map([...old.children].filter(({ id }) => id !== "").map((node) => [node.id, node]));
  let place = old.firstChild;
  for (const child of [...next.childNodes]) {
    const found = isElement(child) && child.id !== "" ? named.get(child.id) : place;
    if (!found || !mayBecome(found, child)) {
      old.insertBefore(child, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else old.insertBefore(found, place);
    become(found, child);
  }
  while (place) {
    const following = place.nextSibling;
    place.remove();
    place = following;
  }
}

function show(page) {
  const main = document.getElementById("main");
  const focused = document.activeElement;
  document.title = page.title;
  document.body.dataset.refresh = page.body.dataset.refresh ?? "";
  become(document.querySelector("header"), page.querySelector("header"));
  become(main, page.getElementById("main"));
  seenAt = new Date();
  // What was moved has lost its focus, and what is gone has, too.
  if (focused === document.body || focused === document.activeElement) return;
  (focused.isConnected ? focused : main).focus({ preventScroll: true });
}

async function ask(init) {
  const response = await fetch(location.href, init);
  if (response.redirected && new URL(response.url).pathname === "/sign-in") {
    location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    return null;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.getElementById("main") === null) throw new Error("somebody else answered");
  return page;
}

function tellConnection(isLost) {
  const line = document.getElementById("connection");
  if (line.hidden !== isLost) return;
  line.textContent = isLost ? LOST + seenAt.toLocaleTimeString() + "." : "";
  line.hidden = !isLost;
}

async function refresh() {
  if (isSending || document.hidden) return;
  try {
    const page = await ask({ headers: { accept: "text/html" } });
    if (page === null || isSending) return;
    const notice = document.getElementById("notice");
    if (notice !== null) page.getElementById("main").prepend(notice.cloneNode(true));
    show(page);
    tellConnection(false);
  } catch {
    tellConnection(true);
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const ms = Number(document.body.dataset.refresh);
  const isIdle = Date.now() - touchedAt > IDLE_MS;
  const isLost = !document.getElementById("connection").hidden;
  if (ms > 0) timer = setTimeout(refresh, isLost ? RETRY_MS : isIdle ? ms * IDLE_FACTOR : ms);
}

async function send(form, submitter) {
  isSending = true;
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const page = await ask({ method: "POST", body });
    if (page === null) return;
    show(page);
    document.getElementById("notice")?.focus();
    tellConnection(false);
  } catch {
    tellConnection(true);
  } finally {
    form.removeAttribute("aria-busy");
    isSending = false;
    schedule();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post" || form.hasAttribute("action")) return;
  event.preventDefault();
  if (!isSending) send(form, event.submitter);
});
for (const touch of ["pointerdown", "keydown"]) {
  document.addEventListener(touch, () => (touchedAt = Date.now()));
}
document.addEventListener("visibilitychange", () => {
  touchedAt = Date.now();
  if (!document.hidden) refresh();
});
schedule();
`;
