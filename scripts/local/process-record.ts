import { join } from 'node:path'
import { readIfPresent, replaceFile } from './atomic-file.ts'
import { endProcess, isRunning, type OsProcess, processOf } from './os-process.ts'

/** What stops first has the highest number; processes of one stage stop together. */
export const stages = { postgres: 0, redis: 1, subgraph: 2, worker: 3, gateway: 4 } as const
export type Stage = (typeof stages)[keyof typeof stages]

export interface ProcessNote {
  readonly name: string
  readonly pid: number
  readonly stage: Stage
  /** How it is asked to end. */
  readonly signal: NodeJS.Signals
}

interface Recorded extends ProcessNote, OsProcess {
  readonly starter: string
}

const recordOf = (home: string) => join(home, 'processes.json')

/** Notes a process just started for a home, so that a later start can end what this one left. */
export function recordProcess(home: string, note: ProcessNote): void {
  const started = processOf(note.pid)
  if (started === undefined) return
  write(home, [...recorded(home).filter(isRunning), { ...note, ...started, starter: thisStarter() }])
}

/** Names the process that records, apart from any earlier or later one of the same id. */
export const thisStarter = (): string => `${process.pid}@${processOf(process.pid)?.startedAt}`

export interface RecordFilter {
  readonly name?: string
  readonly starter?: string
}

/**
 * Ends what was started for a home and still runs, stage by stage.
 *
 * @param only what was recorded with this name, or by this starter; all without
 * @returns the names of what had to be ended, once it has
 */
export async function endRecorded(home: string, only: RecordFilter = {}, graceMs = 12_000): Promise<readonly string[]> {
  const left = recorded(home).filter(
    (entry) =>
      entry.name === (only.name ?? entry.name) && entry.starter === (only.starter ?? entry.starter) && isRunning(entry),
  )
  for (const stage of Object.values(stages).sort((a, b) => b - a)) {
    const together = left.filter((entry) => entry.stage === stage)
    await Promise.all(together.map((entry) => endProcess(entry, entry.signal, graceMs)))
  }
  return left.map((entry) => entry.name)
}

function recorded(home: string): readonly Recorded[] {
  const text = readIfPresent(recordOf(home))
  return text === undefined ? [] : (JSON.parse(text) as Recorded[])
}

const write = (home: string, entries: readonly Recorded[]) => replaceFile(recordOf(home), JSON.stringify(entries))
