/** A piece of a text: words as they are, or blanks that would not be seen. */
export interface Piece {
  readonly text: string;
  readonly blanks: boolean;
}

const UNSEEN = /^\s+|\s+$|\s{2,}|[\t\r\n\u00a0]+/gu;

/** A text cut where blanks stand that nobody sees: at its ends, doubled, or of another kind than a space. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(UNSEEN)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), blanks: false });
    found.push({ text: match[0], blanks: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end), blanks: false });
  return found;
}

/** What is read out for blanks: "2 blanks". */
export const inWords = (blanks: string) => `${blanks.length} blank${blanks.length === 1 ? "" : "s"}`;
