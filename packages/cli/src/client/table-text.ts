/**
 * Columns as wide as their widest cell, two spaces apart; no line end after the last row. Cells are
 * made {@link printable}.
 */
export function tableText(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A terminal obeys control characters, so what users have stored must not reach it as it is. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
    return escaped === character ? `\\u${code}` : escaped;
  });
}
