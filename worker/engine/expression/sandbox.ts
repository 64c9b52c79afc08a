import { type ChildProcess, fork } from 'node:child_process'
import { createRequire, findPackageJSON } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join, sep } from 'node:path'
import type { SandboxReply, SandboxRequest } from './sandbox-message.ts'

const START_MS_MAX = 15_000

export interface SandboxOptions {
  readonly memoryMbMax: number
  readonly outputBytesMax: number
}

/** What came of a request: an answer, or `gone` when the process ended before giving one. */
export type SandboxAnswer = SandboxReply | { readonly kind: 'gone'; readonly signal: string | null }

/** One process with one thread in it, for one evaluation at a time. */
export interface Sandbox {
  /** False once the process has ended or was told to. */
  readonly alive: boolean
  readonly pid: number
  ask(request: SandboxRequest): Promise<SandboxAnswer>
  /** Ends the process whatever it is doing, and waits until it is gone. */
  kill(): Promise<void>
}

/**
 * A thread alone is no wall: V8 ends the whole process when a single allocation overshoots a thread's heap limit by more
 * than 16 MB, and `$sum([1..9999999])` is enough for that. So each thread gets a process of its own to bring down.
 *
 * The process sees no environment, cannot make code of text, and by Node's permission model reads its own files only.
 * @throws Error when it does not come up within 15 s
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const child = spawnHost(options)
  let alive = true
  let waiting: ((answer: SandboxAnswer) => void) | undefined
  const settle = (answer: SandboxAnswer) => {
    child.unref()
    child.channel?.unref()
    waiting?.(answer)
    waiting = undefined
  }
  const gone = new Promise<void>((resolve) => {
    const end = (signal: string | null) => {
      alive = false
      settle({ kind: 'gone', signal })
      resolve()
    }
    child.once('exit', (_code, signal) => end(signal))
    child.once('error', () => end(null))
  })
  const next = () =>
    new Promise<SandboxAnswer>((resolve) => {
      child.ref()
      child.channel?.ref()
      waiting = resolve
      if (!alive) settle({ kind: 'gone', signal: null })
    })
  const kill = async () => {
    alive = false
    child.ref()
    child.kill('SIGKILL')
    await gone
  }
  child.on('message', (reply: SandboxReply) => settle(reply))

  const startTimer = setTimeout(kill, START_MS_MAX)
  const first = await next()
  clearTimeout(startTimer)
  if (first.kind !== 'ready') throw new Error('the expression process did not start')
  return {
    pid: child.pid ?? 0,
    get alive() {
      return alive
    },
    ask: (request) => {
      const answer = next()
      if (alive) child.send(request, (error) => error && settle({ kind: 'gone', signal: null }))
      return answer
    },
    kill,
  }
}

function spawnHost({ memoryMbMax, outputBytesMax }: SandboxOptions): ChildProcess {
  const libraryPath = createRequire(import.meta.url).resolve('jsonata')
  const readable = [import.meta.dirname + sep, libraryPath, findPackageJSON(import.meta.url) ?? libraryPath]
  return fork(
    join(import.meta.dirname, `expression-host${extname(import.meta.filename)}`),
    [libraryPath, String(memoryMbMax), String(outputBytesMax)],
    {
      cwd: tmpdir(),
      env: {},
      execArgv: [
        '--disallow-code-generation-from-strings',
        '--permission',
        '--allow-worker',
        ...readable.map((path) => `--allow-fs-read=${path}`),
      ],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  )
}
