/** Where a key moves the active cell of a grid; null when the key means nothing here. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export function move(
  { row, column }: Place,
  key: string,
  ctrl: boolean,
  rows: number,
  columns: number,
  page: number,
  /** -1 where the header can be reached, too. */
  firstRow = 0,
): Place | null {
  const lastRow = Math.max(0, rows - 1);
  const lastColumn = Math.max(0, columns - 1);
  const clampRow = (value: number) => Math.min(lastRow, Math.max(0, value));
  const clampColumn = (value: number) => Math.min(lastColumn, Math.max(0, value));
  switch (key) {
    case "ArrowDown":
      return { row: ctrl ? lastRow : clampRow(row + 1), column };
    case "ArrowUp":
      return { row: ctrl && row > 0 ? 0 : Math.max(firstRow, Math.min(lastRow, row - 1)), column };
    case "ArrowRight":
      return { row, column: ctrl ? lastColumn : clampColumn(column + 1) };
    case "ArrowLeft":
      return { row, column: ctrl ? 0 : clampColumn(column - 1) };
    case "Home":
      return { row: ctrl ? 0 : row, column: 0 };
    case "End":
      return { row: ctrl ? lastRow : row, column: lastColumn };
    case "PageDown":
      return { row: clampRow(row + page), column };
    case "PageUp":
      return { row: clampRow(row - page), column };
    default:
      return null;
  }
}
