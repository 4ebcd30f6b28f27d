import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

// The promises of the visual language, computed from the file that the page uses.
const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

function tokens(selector: string): Record<string, string> {
  const block = css.split(`${selector} {`)[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

const themes = { light: tokens(":root"), dark: tokens(':root[data-theme="dark"]') };

type RGB = [number, number, number];

function linearRGB(hex: string): RGB {
  return [1, 3, 5].map((at) => {
    const v = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as RGB;
}

function luminance(hex: string): number {
  const [r, g, b] = linearRGB(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Source: WCAG 2.2, definition of contrast ratio.
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

// Source: Machado, Oliveira and Fernandes (2009), severity 1.0, matrices for linear RGB.
const VISION: Record<string, number[][]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

// Source: Ottosson (2020), OKLab from linear sRGB.
function oklab([r, g, b]: RGB): RGB {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function seen(hex: string, vision: string): RGB {
  const rgb = linearRGB(hex);
  return (VISION[vision] ?? []).map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, factor, i) => sum + factor * (rgb[i] ?? 0), 0),
      ),
    ),
  ) as RGB;
}

function distance(a: string, b: string, vision: string): number {
  const [x, y] = [oklab(seen(a, vision)), oklab(seen(b, vision))];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

function get(theme: Record<string, string>, name: string): string {
  const value = theme[name];
  if (value === undefined) throw new Error(`no token --${name}`);
  return value;
}

describe.each(Object.entries(themes))("the %s theme", (_name, theme) => {
  it.each(["ink", "ink-2", "ink-3", "accent-text", "good", "warn", "bad"])(
    "makes %s readable on every ground",
    (ink) => {
      for (const ground of ["canvas", "surface", "sunken", "hover"]) {
        expect(contrast(get(theme, ink), get(theme, ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    },
  );
  it("makes status text readable on its own soft ground", () => {
    for (const [ink, ground] of [
      ["good", "good-soft"],
      ["warn", "warn-soft"],
      ["bad", "bad-soft"],
      ["accent-text", "accent-soft"],
      ["accent-ink", "accent"],
      ["accent-ink", "accent-strong"],
      ["ink-2", "target-tint"],
      ["ink", "target-tint"],
    ] as const) {
      expect(contrast(get(theme, ink), get(theme, ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(
        4.5,
      );
    }
  });
  it("draws controls, focus and marks at three to one at least", () => {
    for (const mark of ["line-strong", "accent", "baseline", "bar", "bar-target"]) {
      expect(contrast(get(theme, mark), get(theme, "surface")), mark).toBeGreaterThanOrEqual(3);
    }
  });
  const series = [1, 2, 3, 4, 5, 6].map((i) => get(theme, `series-${i}`));
  it("draws every series at three to one on the surface", () => {
    for (const colour of series) expect(contrast(colour, get(theme, "surface"))).toBeGreaterThanOrEqual(3);
  });
  it.each(Object.keys(VISION))("keeps the series apart for %s vision", (vision) => {
    for (const [i, a] of series.entries()) {
      for (const b of series.slice(i + 1))
        expect(distance(a, b, vision), `${a} ${b}`).toBeGreaterThanOrEqual(12);
    }
  });
});

it("can tell an unreadable colour from a readable one", () => {
  expect(contrast("#999999", "#ffffff")).toBeLessThan(4.5);
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
});
