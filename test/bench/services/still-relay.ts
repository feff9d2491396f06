// The relay, with a clock that stands still and is far ahead: no alarm goes off, and nobody rings again for what
// nobody answers, however slow a profiler makes everything.
const NOW = Date.parse("2040-01-01T00:00:00Z");

Date.now = () => NOW;

export { default, Gate, Ledger } from "../../../src/index.ts";
