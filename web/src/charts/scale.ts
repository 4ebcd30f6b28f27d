/** Scales of the charts: where a value stands, and which few round values the axis names. */

export interface Scale {
  (value: number): number;
  readonly domain: readonly [number, number];
}

/** A straight line from `domain` to pixels. An empty domain maps to the middle. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [d0, d1] = domain;
  const [r0, r1] = range;
  const span = d1 - d0;
  const scale = (value: number) => (span === 0 ? (r0 + r1) / 2 : r0 + ((value - d0) / span) * (r1 - r0));
  return Object.assign(scale, { domain });
}

/** At most `most` round values inside [low, high], evenly spaced by 1, 2, 2.5 or 5 times a power of ten. */
export function ticks(low: number, high: number, most = 6): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(high > low) || tooClose(low, high)) return [low];
  const raw = (high - low) / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((s) => s >= raw * (1 - 1e-9)) ?? raw;
  const found: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let i = 0; i <= 2 * most && (first + i) * step <= high + step * 1e-9; i += 1) {
    found.push(clean((first + i) * step));
  }
  return found;
}

/** Whether two values differ by no more than the noise of binary fractions; between them no step can be made. */
function tooClose(low: number, high: number): boolean {
  return high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
}

/** Without the noise of binary fractions (0.30000000000000004), which a power of ten brings into a step. */
function clean(value: number): number {
  return Number(value.toPrecision(10));
}

/** The smallest and largest of the values, widened by `margin` of their distance. */
export function extent(values: readonly number[], margin = 0): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  if (tooClose(low, high)) return [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
  const extra = (high - low) * margin;
  return [low - extra, high + extra];
}

/** Widens a domain to the round values around it. */
export function nice([low, high]: readonly [number, number], most = 6): [number, number] {
  const inner = ticks(low, high, most);
  const step = inner.length > 1 ? clean((inner[1] ?? 0) - (inner[0] ?? 0)) : 0;
  if (step <= 0) return [low, high];
  return [clean(Math.floor(low / step + 1e-9) * step), clean(Math.ceil(high / step - 1e-9) * step)];
}

/** An SVG path through the points, in pixels with one decimal. */
export function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}
