// The dashboard's style sheet, as the browser gets it: one column of cards that becomes rows where there is
// room, in the colours of day or night that the browser asks for.

/** Colours come in pairs, for light and dark; a state's colour is set by its class and used as --tone. */
export const STYLE = /* css */ `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f4, #131615);
  --card: light-dark(#ffffff, #1c201f);
  --ink: light-dark(#191d1b, #e9edea);
  --faint: light-dark(#59615d, #a3aca7);
  --line: light-dark(#d9deda, #343b38);
  --field: light-dark(#84908a, #6f7a75);
  --accent: light-dark(#0f766e, #5eead4);
  --on-accent: light-dark(#ffffff, #06302b);
  --good: light-dark(#166534, #86efac);
  --busy: light-dark(#1d4ed8, #93c5fd);
  --warning: light-dark(#8a4b08, #fcd34d);
  --bad: light-dark(#b91c1c, #fca5a5);
  font: 1rem/1.5 system-ui, sans-serif;
}
.good { --tone: var(--good); }
.busy { --tone: var(--busy); }
.warning { --tone: var(--warning); }
.bad { --tone: var(--bad); }

*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; outline: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1.05rem; margin: 0; }
p { margin: 0.25rem 0; }
a { color: var(--accent); text-underline-offset: 0.2em; }
ul, ol, dl, dd, figure { margin: 0; padding: 0; list-style: none; }
code, pre, .words { font-family: ui-monospace, monospace; font-size: 0.875em; }
pre { white-space: pre-wrap; }
time { font-variant-numeric: tabular-nums; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.faint, figcaption { color: var(--faint); font-size: 0.875rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { top: 0.5rem; }

.bar {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.25rem;
  padding: 0.5rem max(1rem, calc((100% - 76rem) / 2 + 1rem));
  background: var(--card); border-bottom: 1px solid var(--line);
}
.bar a { padding: 0.35rem 0; }
.bar .brand { font-weight: 700; color: inherit; text-decoration: none; }
.bar nav { display: flex; gap: 1.25rem; }
.bar nav a { text-decoration: none; }
.bar [aria-current] { color: inherit; box-shadow: 0 2px var(--accent); }
.leave { display: flex; align-items: center; gap: 0.75rem; margin-left: auto; }
.role { color: var(--faint); font-size: 0.875rem; }

.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
  padding: 0.75rem 1rem; margin: 0.5rem 0;
}
.card.good, .card.busy, .card.warning, .card.bad { border-left: 4px solid var(--tone); }
.empty { color: var(--faint); }
.headline { color: var(--tone); }
.badge {
  display: inline-block; padding: 0 0.6em; border-radius: 1em; border: 1px solid var(--tone);
  font-size: 0.8125rem; font-weight: 600; line-height: 1.6; color: var(--tone); white-space: nowrap;
  vertical-align: middle;
}
.notice { border-left: 4px solid var(--tone); background: var(--card); padding: 0.75rem 1rem; border-radius: 0.3rem; }
#connection { position: sticky; bottom: 0; margin: 0; border: 1px solid var(--tone); border-left-width: 4px; }

button, input { font: inherit; color: inherit; }
button {
  min-height: 2.5rem; padding: 0.3rem 1rem; border: 1px solid var(--field); border-radius: 0.4rem;
  background: var(--card); cursor: pointer;
}
button:hover { border-color: var(--accent); }
button.strong { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--bad); color: var(--bad); }
button.quiet { min-height: 2rem; padding: 0.1rem 0.75rem; font-size: 0.875rem; }
[aria-busy] button { opacity: 0.5; cursor: progress; }
input:not([type="checkbox"]) {
  min-height: 2.5rem; width: 100%; padding: 0.3rem 0.6rem; border: 1px solid var(--field);
  border-radius: 0.4rem; background: var(--card);
}
.check { display: inline-flex; align-items: center; gap: 0.5rem; min-height: 2rem; }
.check input { width: 1.15rem; height: 1.15rem; accent-color: var(--accent); }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin: 1rem 0; }
.actions form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; }
.search { display: grid; grid-template-columns: 1fr auto; gap: 0.25rem 0.5rem; max-width: 32rem; margin: 0.75rem 0; }
.search label { grid-column: 1 / -1; font-size: 0.875rem; color: var(--faint); }
.sign-in { max-width: 26rem; margin: 10vh auto; padding: 1.5rem; display: grid; gap: 0.5rem; }
summary { cursor: pointer; min-height: 2rem; }
.sweep { margin: 0.5rem 0; }
progress { width: 100%; height: 0.75rem; accent-color: var(--accent); }

.destinations .card { display: grid; gap: 0.5rem 1.5rem; align-items: start; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.6rem; }
.charts { display: grid; gap: 0.75rem; }
.chart { display: block; width: 100%; height: 2.5rem; }
.charts .chart { height: 5rem; }
.chart .good, .chart .p95 { fill: var(--accent); }
.chart .p95 { opacity: 0.35; }
.chart .bad { fill: var(--bad); }
.chart .p50 { fill: var(--accent); }
.chart .base { stroke: var(--line); stroke-width: 2; vector-effect: non-scaling-stroke; }
.destinations .why { max-width: 60ch; }
@media (width >= 52rem) {
  .destinations .card { grid-template-columns: 11rem 1fr 13rem 13rem; }
  .destinations h3 { flex-basis: 100%; }
  .charts, .deliveries { grid-template-columns: 1fr 1fr; }
}

form + .scroll, .scroll + form, section + form { margin-top: 0.5rem; }
.scroll { position: relative; overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); }
th, td { padding: 0.4rem 0.75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: normal; }
thead th { border: 0; font-size: 0.8125rem; color: var(--faint); white-space: nowrap; }
tbody th { font-weight: 500; }
td.words { min-width: 16rem; overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; }
ins { text-decoration: none; color: var(--good); font-weight: 600; }
del { color: var(--faint); }

.id { font-family: ui-monospace, monospace; font-size: 1.25rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.75rem 1rem; }
dt { font-size: 0.8125rem; color: var(--faint); }
.deliveries { display: grid; gap: 0.5rem; align-items: start; }
.deliveries .card { margin: 0; }
.timeline li { display: grid; gap: 0 1rem; padding: 0.4rem 0; border-top: 1px solid var(--line); }
.timeline time { color: var(--faint); font-size: 0.875rem; }
@media (width >= 40rem) {
  .timeline li { grid-template-columns: 9rem 1fr; }
  .timeline .words { grid-column: 2; }
}
@media (prefers-reduced-motion: no-preference) {
  .skip { transition: top 0.1s; }
}
`;
