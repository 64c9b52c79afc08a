import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Environment } from '../local/environment.ts'
import { endProcess, processOf } from '../local/os-process.ts'
import { recordProcess, type Stage } from '../local/process-record.ts'

/** Takes each line that a process of the house writes, under the process's name. */
export type LineSink = (name: string, line: string, from: 'stdout' | 'stderr') => void

export interface NodeProcessSpec {
  readonly name: string
  /** A module, from `root`; one in TypeScript is transpiled as it is loaded. */
  readonly entry: string
  readonly args?: readonly string[]
  readonly root: string
  readonly env: Environment
  readonly home: string
  readonly stage: Stage
  readonly graceMs: number
  readonly onLine: LineSink
}

export interface NodeProcess {
  readonly pid: number
  /** Resolves, never rejects, with how it ended: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>
  /** The last line that it wrote, or that of the error that ended it. */
  lastLine(): string
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. Resolves when it has ended. */
  stop(): Promise<void>
}

// Of the starter's own variables only what a program needs to find its way: no credentials that lie about in a shell.
const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_COMPILE_CACHE',
]

/**
 * Starts a module of ours under this Node, in a session of its own: a terminal's Ctrl-C reaches the launcher alone, which
 * stops things in order.
 */
export function startNodeProcess(spec: NodeProcessSpec): NodeProcess {
  const base = inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  const transpiler = spec.entry.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, ['--enable-source-maps', ...transpiler, spec.entry, ...(spec.args ?? [])], {
    cwd: spec.root,
    env: { ...Object.fromEntries(base), ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  const self = pid === undefined ? undefined : processOf(pid)
  if (pid !== undefined) {
    recordProcess(spec.home, { name: spec.name, pid, stage: spec.stage, signal: 'SIGTERM' })
  }
  let lastLine = ''
  let errorLine: string | undefined
  const take = (from: 'stdout' | 'stderr') => (line: string) => {
    if (line.trim() !== '') lastLine = line.trim()
    if (uncaught.test(line)) errorLine = line
    spec.onLine(spec.name, line, from)
  }
  readLines(child.stdout, take('stdout'))
  readLines(child.stderr, take('stderr'))
  const ended = endOf(child)
  return {
    pid: pid ?? 0,
    ended,
    lastLine: () => errorLine ?? lastLine,
    stop: async () => {
      if (self !== undefined) await endProcess(self, 'SIGTERM', spec.graceMs)
      await ended
    },
  }
}

// After an uncaught error Node prints its stack, its properties and its own version: the error's line says more.
const uncaught = /^\w*Error\b.*: /

function readLines(stream: Readable, take: (line: string) => void): void {
  stream.on('error', () => undefined)
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}

/** After `close`, not `exit`: then all that it wrote has been read. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
}
