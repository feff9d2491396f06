// The dashboard's own script, as the browser gets it: it brings the live parts of a page up to date, and
// sends forms without leaving the page. Without it everything works, by loading pages.

/**
 * A part with `data-live` and an id is replaced when the server shows it differently, unless somebody is
 * typing there; focus and opened details stay where they are. `data-refresh` of the body says how often.
 */
export const LIVE_SCRIPT = /* js */ `"use strict";
const seen = new Map();
let timer = 0;
let isSending = false;

for (const part of document.querySelectorAll("[data-live]")) seen.set(part.id, part.innerHTML);

async function read(response) {
  if (response.redirected && new URL(response.url).pathname === "/sign-in") {
    location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    return null;
  }
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function replace(part, html) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const opened = [...part.querySelectorAll("details[open][id]")].map(({ id }) => id);
  const scrolled = [...part.querySelectorAll(".scroll")].map(({ scrollLeft }) => scrollLeft);
  part.innerHTML = html;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  part.querySelectorAll(".scroll").forEach((area, n) => (area.scrollLeft = scrolled[n] ?? 0));
  if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
}

function show(page) {
  document.title = page.title;
  document.body.dataset.refresh = page.body.dataset.refresh ?? "";
  for (const part of document.querySelectorAll("[data-live]")) {
    const html = page.getElementById(part.id)?.innerHTML;
    const isTyping = part.contains(document.activeElement) && document.activeElement.matches("input");
    if (html === undefined || html === seen.get(part.id) || isTyping) continue;
    replace(part, html);
    seen.set(part.id, html);
  }
}

function tellConnection(isLost) {
  const line = document.getElementById("connection");
  if (line.hidden !== isLost) return;
  line.textContent = isLost
    ? "The relay does not answer. This is how things stood at " + new Date().toLocaleTimeString() + "."
    : "";
  line.hidden = !isLost;
}

async function refresh() {
  if (isSending || document.hidden) return schedule();
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = await read(response);
    if (page === null) return;
    if (!isSending && response.status < 500) show(page);
    tellConnection(response.status >= 500);
  } catch {
    tellConnection(true);
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const ms = Number(document.body.dataset.refresh);
  if (ms > 0) timer = setTimeout(refresh, ms);
}

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  isSending = true;
  form.setAttribute("aria-busy", "true");
  try {
    const page = await read(await fetch(location.href, { method: "POST", body }));
    if (page === null) return;
    document.getElementById("main").replaceWith(page.getElementById("main"));
    document.body.dataset.refresh = page.body.dataset.refresh ?? "";
    document.title = page.title;
    seen.clear();
    for (const part of document.querySelectorAll("[data-live]")) seen.set(part.id, part.innerHTML);
    (document.getElementById("notice") ?? document.getElementById("main")).focus();
    tellConnection(false);
  } catch {
    form.removeAttribute("aria-busy");
    tellConnection(true);
  } finally {
    isSending = false;
    schedule();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post" || form.getAttribute("action") !== null) return;
  event.preventDefault();
  if (!isSending) send(form, event.submitter);
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
schedule();
`;
