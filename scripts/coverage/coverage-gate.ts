import { relative } from 'node:path'
import type { IstanbulReport, LineCoverage } from './line-coverage.ts'

/** Percentages, 0 to 100, of what ran in the test processes themselves; what ran in processes that they started is not counted. */
export interface Reached {
  readonly lines: number
  readonly branches: number
}

/** How far a figure may fall by chance (a retry that did not happen, a slow machine) before it counts as a loss. */
export const tolerance = 0.2

export function reached(coverage: LineCoverage, report: IstanbulReport): Reached {
  const lines = [...coverage.values()].flatMap((file) => [...file.values()])
  const arms = Object.values(report).flatMap((file) => Object.values(file.b).flat())
  return { lines: percentage(lines.map(Number)), branches: percentage(arms) }
}

// Rounded down: 100 means all.
function percentage(counts: readonly number[]): number {
  if (counts.length === 0) return 100
  return Math.floor((counts.filter((count) => count > 0).length / counts.length) * 10_000) / 100
}

/** A sentence for each figure that fell below the committed one by more than the tolerance. */
export function losses(now: Reached, baseline: Reached): string[] {
  return (['lines', 'branches'] as const)
    .filter((kind) => now[kind] < baseline[kind] - tolerance)
    .map((kind) => `Coverage of ${kind} fell from ${baseline[kind]} % to ${now[kind]} %: test what is new.`)
}

/** The higher of each figure: the baseline only rises. */
export const raised = (now: Reached, baseline: Reached): Reached => ({
  lines: Math.max(now.lines, baseline.lines),
  branches: Math.max(now.branches, baseline.branches),
})

/** Files with lines that did not run, most of them first: `gateway/service.ts 3/40: 12 15-16`. */
export function uncovered(coverage: LineCoverage, root: string): string[] {
  return [...coverage]
    .map(([path, lines]) => ({
      path,
      all: lines.size,
      open: [...lines].filter(([, ran]) => !ran).map(([line]) => line),
    }))
    .filter(({ open }) => open.length > 0)
    .sort((a, b) => b.open.length - a.open.length || a.path.localeCompare(b.path))
    .map(({ path, all, open }) => `${relative(root, path)} ${open.length}/${all}: ${spans(open)}`)
}

function spans(lines: readonly number[]): string {
  const found: [number, number][] = []
  for (const line of lines.toSorted((a, b) => a - b)) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === line - 1) last[1] = line
    else found.push([line, line])
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ')
}
