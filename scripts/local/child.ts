import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OsUser } from './data-place.ts'
import { endProcess, type OsProcess, processOf } from './os-process.ts'

export interface DaemonOptions {
  readonly logFile: string
  readonly user?: OsUser | undefined
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly argv0?: string
  /** Given to it as standard input, which is then closed: for what must not stand in an argument. */
  readonly input?: string
}

/** A service program running beside this process. */
export interface Daemon {
  readonly pid: number
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<void>
  hasEnded(): boolean
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>
  /** The last lines of what it wrote. */
  lastWords(lines?: number): string
}

/**
 * Starts a service in a session of its own, so that a terminal's Ctrl-C reaches only us and we stop things in order.
 * What it writes goes to a file begun anew at each start, so that it never waits for, or dies with, its reader.
 */
export function startDaemon(program: string, args: readonly string[], options: DaemonOptions): Daemon {
  mkdirSync(dirname(options.logFile), { recursive: true, mode: 0o700 })
  const log = openSync(options.logFile, 'w', 0o600)
  const child = spawn(program, args, {
    ...options.user,
    ...(options.argv0 === undefined ? {} : { argv0: options.argv0 }),
    cwd: options.cwd ?? '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...options.env },
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input ?? '')
  child.unref()
  return daemonOf(child, options.logFile)
}

function daemonOf(child: ChildProcess, logFile: string): Daemon {
  let over = false
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const self: OsProcess | undefined = child.pid === undefined ? undefined : processOf(child.pid)
  return {
    pid: child.pid ?? 0,
    ended,
    hasEnded: () => over,
    stop: async (signal, graceMs) => {
      if (self === undefined) return
      child.ref()
      await endProcess(self, signal, graceMs)
      await ended
    },
    lastWords: (lines = 3) => {
      const text = readFileSync(logFile, 'utf8').trimEnd()
      return text.split('\n').slice(-lines).join(' / ')
    },
  }
}
