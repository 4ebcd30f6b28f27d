/**
 * Which rows and columns of a large table are on the screen. Pure arithmetic: rows are equally high, so nothing has
 * to be measured, and above {@link MAX_PIXELS} the scroll position is scaled (browsers cap the height of an element).
 */

/** Below what Firefox (17.9 million) and Chrome (33.5) allow: half a million rows of 30 pixels scroll unscaled. */
export const MAX_PIXELS = 16_000_000;

/** Whether the rows are higher together than the content can be, so that a pixel of scrolling is more than one of rows. */
export function isScaled(total: number, rowHeight: number): boolean {
  return total * rowHeight > MAX_PIXELS;
}

export interface RowWindow {
  /** Height of the scrolling content in pixels. */
  readonly height: number;
  /** First row to draw and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Where the first drawn row stands inside the content, in pixels. */
  readonly offset: number;
}

/** The rows to draw for a scroll position, with `overscan` more on either side. */
export function rowWindow(
  total: number,
  rowHeight: number,
  viewport: number,
  scrollTop: number,
  overscan = 8,
): RowWindow {
  const full = total * rowHeight;
  const height = Math.min(full, MAX_PIXELS);
  const position = fullPosition(total, rowHeight, viewport, scrollTop);
  const start = Math.max(0, Math.floor(position / rowHeight) - overscan);
  const end = Math.min(total, Math.ceil((position + viewport) / rowHeight) + overscan);
  return { height, start, end, offset: start * rowHeight - position + scrollTop };
}

/** The scroll position that shows `row` with the least movement. */
export function scrollToRow(
  row: number,
  total: number,
  rowHeight: number,
  viewport: number,
  scrollTop: number,
): number {
  const position = fullPosition(total, rowHeight, viewport, scrollTop);
  const top = row * rowHeight;
  let wanted = position;
  if (top < position) wanted = top;
  else if (top + rowHeight > position + viewport) wanted = top + rowHeight - viewport;
  if (wanted === position) return scrollTop;
  return wanted / scale(total, rowHeight, viewport);
}

function fullPosition(total: number, rowHeight: number, viewport: number, scrollTop: number): number {
  const most = Math.max(0, total * rowHeight - viewport);
  return Math.min(Math.max(0, scrollTop) * scale(total, rowHeight, viewport), most);
}

function scale(total: number, rowHeight: number, viewport: number): number {
  const full = total * rowHeight;
  if (full <= MAX_PIXELS) return 1;
  return (full - viewport) / (MAX_PIXELS - viewport);
}

/** Left edges of columns; one entry more than there are columns. */
export function edges(widths: readonly number[]): number[] {
  const result = [0];
  for (const width of widths) result.push((result[result.length - 1] ?? 0) + width);
  return result;
}

/** First column to draw and the one after the last, for a horizontal scroll position. */
export function columnWindow(
  lefts: readonly number[],
  viewport: number,
  scrollLeft: number,
  overscan = 2,
): { start: number; end: number } {
  const n = lefts.length - 1;
  let start = 0;
  while (start < n && (lefts[start + 1] ?? 0) <= scrollLeft) start += 1;
  let end = start;
  while (end < n && (lefts[end] ?? 0) < scrollLeft + viewport) end += 1;
  return { start: Math.max(0, start - overscan), end: Math.min(n, end + overscan) };
}
