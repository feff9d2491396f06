// Gameball's `created_at`: every RFC 3339 time, read into one spelling that sorts as text.

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:\.(\d{1,7}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))?$/;

/** Fraction digits that .NET's DateTime writes at most. */
const FRACTION_DIGITS = 7;

/**
 * A time in UTC: `2024-11-19T17:34:42.297Z`, with three fraction digits or, where the sender gave
 * finer ones, up to seven. No zone means UTC (.NET writes times both ways). `null` when it is no
 * time (RFC 3339 §5.6; a leap second counts as the second after it).
 */
export function parseTime(text: string): string | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [, date, minutes, seconds, fraction = "", , sign, hours = "00", offset = "00"] = match;
  if (Number(hours) > 23 || Number(offset) > 59) return null;
  const isLeapSecond = seconds === "60";
  const digits = fraction.padEnd(FRACTION_DIGITS, "0");
  const local = `${date}T${minutes}:${isLeapSecond ? "59" : seconds}.${digits.slice(0, 3)}Z`;
  const localMs = Date.parse(local);
  // Date.parse lets 30 February and 24:00 pass by moving on to another day.
  if (new Date(localMs).getUTCDate() !== Number(date?.slice(-2))) return null;
  const offsetMs = (Number(hours) * 60 + Number(offset)) * 60_000;
  const aheadMs = (sign === "-" ? -offsetMs : offsetMs) - (isLeapSecond ? 1000 : 0);
  const utc = aheadMs === 0 ? local : new Date(localMs - aheadMs).toISOString();
  if (utc.length !== local.length) return null; // beyond the years 0000–9999
  return `${utc.slice(0, -1)}${digits.slice(3).replace(/0+$/, "")}Z`;
}

/** Negative, zero or positive as the first of two times from `parseTime` is earlier, equal or later. */
export function compareTimes(left: string, right: string): number {
  const a = sortable(left);
  const b = sortable(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortable(time: string): string {
  return time.slice(0, -1).padEnd("YYYY-MM-DDTHH:mm:ss.".length + FRACTION_DIGITS, "0");
}
