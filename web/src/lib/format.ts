/**
 * Every number, time and size on the page is written here and nowhere else.
 * The locale is fixed so that two people who look at one project read the same text.
 */

const LOCALE = "en-GB";
/** A missing value in a table of results. Inside data it is the word "empty". */
export const DASH = "–";

const integers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compacts = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });

function decimals(digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const fixed = [0, 1, 2, 3, 4, 5, 6].map(decimals);

/** `value` with exactly `digits` decimals, a true minus sign and no negative zero. */
export function fixedDecimals(value: number, digits: number): string {
  const format = fixed[Math.max(0, Math.min(6, digits))] ?? integers;
  const text = format.format(value);
  if (!text.startsWith("-")) return text;
  return /[1-9]/.test(text) ? `−${text.slice(1)}` : text.slice(1);
}

/** 100000 → "100,000". */
export function count(value: number | null | undefined): string {
  return isNumber(value) ? fixedDecimals(value, 0) : DASH;
}

/** 9400 → "9,400", 123456 → "123.5k": only where space is tight. */
export function compact(value: number | null | undefined): string {
  if (!isNumber(value)) return DASH;
  return Math.abs(value) < 10_000 ? number(value) : compacts.format(value).replace("-", "−");
}

/** A share from 0 to 1: "38%", "4.1%", "<0.1%"; one decimal below 10 %. */
export function percent(share: number | null | undefined): string {
  if (!isNumber(share)) return DASH;
  const value = share * 100;
  if (value === 0) return "0%";
  if (Math.abs(value) < 0.1) return value < 0 ? ">−0.1%" : "<0.1%";
  if (value < 100 && value > 99.9) return ">99.9%";
  const digits = Math.abs(value) < 9.95 || (Math.abs(value) > 99 && Math.abs(value) < 100) ? 1 : 0;
  return `${fixedDecimals(value, digits).replace(/\.0$/, "")}%`;
}

/** Probability points: 0.123 → "+12.3 points", always with its sign. */
export function points(effect: number): string {
  const value = effect * 100;
  const text = fixedDecimals(Math.abs(value), 1);
  return `${signOf(value, text)}${text}`;
}

/** A score of a model: three decimals below 100, none from 1,000; a small one keeps its first digit. */
export function score(value: number | null | undefined): string {
  if (!isNumber(value)) return DASH;
  if (value !== 0 && Math.abs(value) < 0.0005) return number(Number(value.toPrecision(1)));
  if (Math.abs(value) >= 1000) return fixedDecimals(value, 0);
  return Math.abs(value) < 100 ? fixedDecimals(value, 3) : number(value);
}

/** Any measured value: whole numbers in full, the rest with about four meaningful digits. */
export function number(value: number | null | undefined): string {
  if (!isNumber(value)) return DASH;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) return value.toExponential(2).replaceAll("-", "−").replace("e+", "e");
  if (Number.isInteger(value) || size >= 10_000) return fixedDecimals(value, 0);
  const digits =
    size >= 1000 ? 1 : size >= 100 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return fixedDecimals(value, digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** A value in about three digits, where it is read as a rough size: "5.1", "125", "12.3k". */
export function brief(value: number): string {
  if (Math.abs(value) >= 10_000) return compact(value);
  return number(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}

/** A change, always signed: "+0.42", "−1,200". */
export function change(value: number): string {
  const text = number(Math.abs(value));
  return `${signOf(value, text)}${text}`;
}

function signOf(value: number, text: string): string {
  if (!/[1-9]/.test(text)) return "±";
  return value < 0 ? "−" : "+";
}

/** 8 → "8 s", 112 → "1 min 52 s", 7500 → "2 h 5 min"; below a second in ms. */
export function duration(seconds: number | null | undefined): string {
  if (!isNumber(seconds)) return DASH;
  if (seconds < 0.0995) return `${fixedDecimals(seconds * 1000, seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 9.95) return `${fixedDecimals(seconds, 1).replace(/\.0$/, "")} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  return join(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

/** Time that is still to come, rounded up so that it is never a promise broken: "about 25 s left". */
export function timeLeft(seconds: number | null | undefined): string | null {
  if (!isNumber(seconds)) return null;
  if (seconds <= 5) return "a few seconds left";
  const step = seconds < 60 ? 5 : seconds < 600 ? 15 : 60;
  return `about ${duration(Math.ceil(seconds / step) * step)} left`;
}

function join(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}

/** 9400000 → "9.4 MB" (steps of 1000, as file managers count). */
export function bytes(size: number | null | undefined): string {
  if (!isNumber(size)) return DASH;
  if (size < 1000) return `${count(size)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = size / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${fixedDecimals(value, value < 9.95 ? 1 : 0).replace(/\.0$/, "")} ${units[unit]}`;
}

/** "20 Nov, 14:02", with the year when it is not this one. */
export function dateTime(iso: string | null | undefined, now: Date = new Date()): string {
  const date = parse(iso);
  if (date === null) return DASH;
  const sameYear = date.getFullYear() === now.getFullYear();
  const day = new Intl.DateTimeFormat(LOCALE, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(date);
  const time = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" }).format(date);
  return `${day}, ${time}`;
}

/** The full moment with its zone, for the tooltip of {@link dateTime}. */
export function fullDateTime(iso: string | null | undefined): string {
  const date = parse(iso);
  if (date === null) return DASH;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "long" }).format(date);
}

function parse(iso: string | null | undefined): Date | null {
  if (!iso) return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A cell of a table as it is shown: text unchanged, numbers in full (never rounded), times without the letter T. */
export function cell(value: unknown, kind?: string): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") {
    if (kind === "identifier" || kind === "category") return String(value);
    return String(value).replaceAll("-", "−");
  }
  const text = String(value);
  if (kind === "date") return text.slice(0, 10);
  if (kind === "datetime") return text.replace("T", " ").replace(/(:00)?(\.0+)?(Z|\+00:00)?$/, "");
  return text;
}

/** "1 row", "2 rows": the count and the right form of the noun. */
export function plural(n: number, one: string, many: string = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The value of a fact in its own format. */
export function factValue(value: unknown, format: string, unit = ""): string {
  if (value === null || value === undefined) return DASH;
  if (typeof value !== "number") return String(value);
  const text =
    format === "integer"
      ? count(value)
      : format === "percent"
        ? percent(value)
        : format === "score"
          ? score(value)
          : format === "seconds"
            ? duration(value)
            : number(value);
  return unit && format !== "percent" && format !== "seconds" ? `${text} ${unit}` : text;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
