import { ExpressionBusyError, ExpressionTimeoutError } from './expression.errors.ts'
import { readAnswer, readRequest } from './expression-text.ts'
import { type Sandbox, type SandboxAnswer, startSandbox } from './sandbox.ts'
import type { SandboxRequest } from './sandbox-message.ts'

export interface ExpressionRunnerOptions {
  /** Of one evaluation, once a thread has taken it up. */
  readonly timeoutMs: number
  /** Heap of one thread, 16 at least: jsonata itself has to fit in. */
  readonly memoryMbMax: number
  /** Of the result as JSON text in UTF-8. */
  readonly outputBytesMax: number
  /** Evaluations at a time, each in a thread and process of its own (about 70 MB resident when idle). */
  readonly threadsMax: number
  /** Of the input as JSON text; 16 MiB unless told. */
  readonly inputBytesMax?: number
  /** Evaluations that wait for a thread; 100 unless told. */
  readonly queueMax?: number
}

export interface ExpressionRunner {
  /**
   * Evaluates a JSONata expression apart from everything else.
   * @param input a JSON value; undefined counts as null
   * @returns a JSON value: functions and undefined become null, or are left out of objects
   * @throws ExpressionTimeoutError EXPRESSION_TIMEOUT, ExpressionMemoryError EXPRESSION_MEMORY, ExpressionFailedError
   *   EXPRESSION_FAILED, ExpressionTooLargeError EXPRESSION_TOO_LARGE, ExpressionBusyError EXPRESSION_BUSY when the queue is
   *   full or the runner closed; when `signal` is aborted, its reason
   */
  evaluate(expression: string, input: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown>
  /** Evaluations under way, and those that wait for a thread. */
  state(): { readonly running: number; readonly waiting: number }
  /** Ends every thread at once; what has not ended yet is refused as busy. */
  close(): Promise<void>
}

interface Job {
  readonly request: SandboxRequest
  /** Aborted at the time limit, by the caller or by `close`; the reason is what the caller gets. */
  readonly stop: AbortController
  readonly done: PromiseWithResolvers<unknown>
}

/** @throws RangeError when `memoryMbMax` is too small to start with */
export function createExpressionRunner(options: ExpressionRunnerOptions): ExpressionRunner {
  const { timeoutMs, memoryMbMax, threadsMax, queueMax = 100 } = options
  if (memoryMbMax < 16) throw new RangeError('an expression thread needs 16 MB at least')
  const queue: Job[] = []
  const running = new Map<Job, Promise<void>>()
  const idle: Sandbox[] = []
  let closed = false

  const takeIdle = (): Sandbox | undefined => {
    for (let sandbox = idle.pop(); sandbox; sandbox = idle.pop()) if (sandbox.alive) return sandbox
    return undefined
  }
  const start = () =>
    startSandbox(options).catch((error: Error) => {
      throw new ExpressionBusyError(error.message)
    })

  const ask = async (sandbox: Sandbox, { request, stop }: Job): Promise<SandboxAnswer> => {
    const kill = () => sandbox.kill()
    stop.signal.addEventListener('abort', kill, { once: true })
    try {
      stop.signal.throwIfAborted()
      const answer = await sandbox.ask(request)
      stop.signal.throwIfAborted()
      if (answer.kind === 'out-of-memory') await sandbox.kill()
      return answer
    } finally {
      stop.signal.removeEventListener('abort', kill)
      if (closed) await sandbox.kill()
      else idle.push(sandbox)
    }
  }

  const run = async (job: Job): Promise<unknown> => {
    const used = takeIdle()
    const first = used ?? (await start())
    const timer = setTimeout(() => job.stop.abort(new ExpressionTimeoutError(timeoutMs)), timeoutMs)
    try {
      const answer = await ask(first, job)
      // A process that served others may be near its limit for what they left behind: what ends one is asked of a new one.
      const endedUsed = used !== undefined && (answer.kind === 'out-of-memory' || answer.kind === 'gone')
      return readAnswer(endedUsed ? await ask(await start(), job) : answer, options)
    } finally {
      clearTimeout(timer)
    }
  }

  const pump = () => {
    for (let job = queue[0]; job && running.size < threadsMax; job = queue[0]) {
      const taken = job
      queue.shift()
      const end = () => {
        running.delete(taken)
        pump()
      }
      running.set(taken, run(taken).then(taken.done.resolve, taken.done.reject).finally(end))
    }
  }

  const enqueue = (job: Job) => {
    queue.push(job)
    job.stop.signal.addEventListener('abort', () => {
      const place = queue.indexOf(job)
      if (place < 0) return
      queue.splice(place, 1)
      job.done.reject(job.stop.signal.reason)
    })
    pump()
    return job.done.promise
  }

  return {
    evaluate: async (expression, input, { signal } = {}) => {
      signal?.throwIfAborted()
      // Before the input is written out, which may take long: whoever is refused comes again.
      if (closed || (running.size >= threadsMax && queue.length >= queueMax)) throw new ExpressionBusyError()
      const request = readRequest(expression, input, options)
      const stop = new AbortController()
      const giveUp = () => stop.abort(signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      try {
        return await enqueue({ request, stop, done: Promise.withResolvers() })
      } finally {
        signal?.removeEventListener('abort', giveUp)
      }
    },
    state: () => ({ running: running.size, waiting: queue.length }),
    close: async () => {
      closed = true
      for (const { stop } of [...queue, ...running.keys()]) stop.abort(new ExpressionBusyError())
      await Promise.all([...idle.splice(0).map((sandbox) => sandbox.kill()), ...running.values()])
    },
  }
}
