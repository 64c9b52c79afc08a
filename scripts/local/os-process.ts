import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** A process of the machine; its start time tells it from a later one that was given the same id. */
export interface OsProcess {
  readonly pid: number
  readonly startedAt: string
}

const hasProc = existsSync('/proc/self/stat')

/** The process that has this id now, or undefined when there is none (a zombie is none). */
export function processOf(pid: number): OsProcess | undefined {
  const startedAt = hasProc ? startFromProc(pid) : startFromPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export const isRunning = (target: OsProcess): boolean => processOf(target.pid)?.startedAt === target.startedAt

/** Sends a signal unless the process has ended; never to another that has its id. */
export function signalProcess(target: OsProcess, signal: NodeJS.Signals): void {
  if (!isRunning(target)) return
  try {
    process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Resolves to true once the process has ended, to false when it has not after `timeoutMs`. */
export async function waitForEnd(target: OsProcess, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (isRunning(target)) {
    if (Date.now() >= deadline) return false
    await pause(10)
  }
  return true
}

/** Asks a process to end, and after `graceMs` makes it. Resolves when it has ended. */
export async function endProcess(target: OsProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalProcess(target, signal)
  if (await waitForEnd(target, graceMs)) return
  signalProcess(target, 'SIGKILL')
  await waitForEnd(target, 10_000)
}

/** Field 22 of proc(5)'s stat, counted after the command, which may itself hold spaces and brackets. */
function startFromProc(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function startFromPs(pid: number): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const line = (stdout ?? '').trim()
  return status !== 0 || line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
}
