import { join } from 'node:path'
import { readIfPresent, replaceFile } from './atomic-file.ts'
import { endProcess, isRunning, type OsProcess, processOf } from './os-process.ts'

/** What stops first has the highest number; processes of one stage stop together. */
export const stages = { data: 0, subgraph: 1, worker: 2, gateway: 3 } as const
export type Stage = (typeof stages)[keyof typeof stages]

export interface ProcessNote {
  readonly name: string
  readonly pid: number
  readonly stage: Stage
  /** How it is asked to end. */
  readonly signal: NodeJS.Signals
}

type Recorded = ProcessNote & OsProcess

const recordOf = (home: string) => join(home, 'processes.json')

/** Notes a process just started for a home, so that a later start can end what this one left. */
export function recordProcess(home: string, note: ProcessNote): void {
  const started = processOf(note.pid)
  if (started === undefined) return
  write(home, [...recorded(home).filter((entry) => isRunning(entry)), { ...note, ...started }])
}

/**
 * Ends what an earlier starter of this home left running, stage by stage.
 *
 * @param name only what was started under it; all without
 * @returns the names of what had to be ended, once it has
 */
export async function endRecorded(home: string, name?: string, graceMs = 10_000): Promise<readonly string[]> {
  const left = recorded(home).filter((entry) => isRunning(entry) && (name === undefined || entry.name === name))
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
