/** Which of a file's lines that hold a statement ran: file → line (from 1) → whether. */
export type LineCoverage = Map<string, Map<number, boolean>>

interface Position {
  readonly line: number
}

/** What vitest's `json` coverage reporter says of one file (Istanbul's format), as far as it is read here. */
export interface IstanbulFile {
  readonly path: string
  readonly statementMap: Readonly<Record<string, { readonly start: Position }>>
  readonly s: Readonly<Record<string, number>>
  readonly b: Readonly<Record<string, readonly number[]>>
}

export type IstanbulReport = Readonly<Record<string, IstanbulFile>>

/** The lines on which a statement starts; one that ran makes its line count as run. */
export function linesOf(report: IstanbulReport): LineCoverage {
  const coverage: LineCoverage = new Map()
  for (const { path, statementMap, s } of Object.values(report)) {
    const lines = new Map<number, boolean>()
    for (const [id, { start }] of Object.entries(statementMap)) {
      lines.set(start.line, (lines.get(start.line) ?? false) || (s[id] ?? 0) > 0)
    }
    coverage.set(path, lines)
  }
  return coverage
}
