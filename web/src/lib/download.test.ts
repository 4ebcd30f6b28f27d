import { expect, it } from "vitest";
import { toCSV } from "./download";

it("quotes what needs quotes and disarms formulas, but leaves numbers alone", () => {
  expect(
    toCSV(
      ["a", "b"],
      [
        ["x,y", 'say "hi"'],
        ["=1+1", -2],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""hi"""\r\n\'=1+1,-2');
});
