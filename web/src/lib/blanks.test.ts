import { expect, test } from "vitest";
import { inWords, pieces } from "./blanks";

const shown = (text: string) =>
  pieces(text)
    .map((piece) => (piece.blanks ? "␣".repeat(piece.text.length) : piece.text))
    .join("");

test("blanks at the ends, doubled ones and tabs are shown, single ones between words are not", () => {
  expect([" Oslo ", "Oslo", "New York", "New  York", "a\tb", "\u00a0x", "  "].map(shown)).toEqual([
    "␣Oslo␣",
    "Oslo",
    "New York",
    "New␣␣York",
    "a␣b",
    "␣x",
    "␣␣",
  ]);
});

test("nothing of a text is lost, and blanks are counted in words", () => {
  for (const text of [" a  b ", "", "x"])
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  expect([inWords(" "), inWords("  ")]).toEqual(["1 blank", "2 blanks"]);
});
