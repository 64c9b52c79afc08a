import { fileURLToPath } from 'node:url'
import { decodedMappings, TraceMap } from '@jridgewell/trace-mapping'

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

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

/** What a Node process leaves in `NODE_V8_COVERAGE` when it exits, as far as it is read here. */
export interface ProcessReport {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly { readonly ranges: readonly Range[] }[]
  }[]
  readonly 'source-map-cache'?: Readonly<
    Record<string, { readonly lineLengths: readonly number[]; readonly data: { readonly mappings: string } | null }>
  >
}

/**
 * Adds what ran in another process: a line counts as run when any of the code made from it did. Files and lines that
 * `coverage` does not list are left out, so that both ways of measuring share one count of lines.
 */
export function addProcess(coverage: LineCoverage, report: ProcessReport): void {
  for (const { url, functions } of report.result) {
    const lines = url.startsWith('file://') ? coverage.get(fileURLToPath(url)) : undefined
    const cached = report['source-map-cache']?.[url]
    if (lines === undefined || cached?.data == null) continue
    const counts = rangesByStart(functions)
    const starts = lineStarts(cached.lineLengths)
    for (const { offset, line } of segmentsOf(cached.data, starts)) {
      if (lines.get(line) === false && countAt(counts, offset) > 0) lines.set(line, true)
    }
  }
}

function* segmentsOf(map: { readonly mappings: string }, starts: readonly number[]) {
  for (const [generatedLine, segments] of decodedMappings(new TraceMap(map as never)).entries()) {
    for (const segment of segments) {
      const start = starts[generatedLine]
      if (segment.length > 1 && start !== undefined) yield { offset: start + segment[0], line: (segment[2] ?? 0) + 1 }
    }
  }
}

function lineStarts(lengths: readonly number[]): number[] {
  const starts = [0]
  for (const length of lengths) starts.push((starts.at(-1) ?? 0) + length + 1)
  return starts
}

// Ranges nest; sorted so, the last one that holds an offset is the innermost.
function rangesByStart(functions: readonly { readonly ranges: readonly Range[] }[]): readonly Range[] {
  return functions
    .flatMap((each) => each.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
}

function countAt(ranges: readonly Range[], offset: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.startOffset ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  for (let at = low - 1; at >= 0; at -= 1) {
    const range = ranges[at]
    if (range !== undefined && range.endOffset > offset) return range.count
  }
  return 0
}
