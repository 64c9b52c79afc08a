import { setTimeout as pause } from 'node:timers/promises'

/** Something that runs: a process of the house, PostgreSQL, Redis. */
export interface Unit {
  readonly pid: number
  readonly ended: Promise<unknown>
  /** Rejects when it will not be; the starter then decides. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

export interface SuperviseOptions {
  readonly name: string
  /** Starts the unit: again each time that it has ended without being asked to. */
  readonly start: () => Unit | Promise<Unit>
  readonly say: (line: string) => void
  /** Called when another process id serves. */
  readonly onRestart: () => void
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
}

export interface Supervised {
  readonly name: string
  readonly pid: number
  /** Of the first start. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** Having run this long counts as a fresh beginning: the pause before the next restart is short again. */
const steadyMs = 10_000

/**
 * Keeps a unit running until it is stopped: what ends by itself is started again after a pause that doubles each time.
 * A first start that fails is the caller's: it rejects, or `ready` does.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { name, start, say, onRestart, firstPauseMs = 200, longestPauseMs = 5_000 } = options
  const stopping = new AbortController()
  let unit = await start()
  const { ready } = unit

  const watch = async () => {
    let pauseMs = firstPauseMs
    let startedAt = Date.now()
    for (;;) {
      const how = await unit.ended
      if (stopping.signal.aborted) return
      if (Date.now() - startedAt > steadyMs) pauseMs = firstPauseMs
      say(`${name} ended${typeof how === 'string' ? ` (${how})` : ''}: it is started again`)
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      if (stopping.signal.aborted) return
      startedAt = Date.now()
      try {
        unit = await start()
      } catch (error) {
        say(`${name} could not be started again: ${(error as Error).message}`)
        continue
      }
      unit.ready.catch(() => undefined)
      if (stopping.signal.aborted) return unit.stop()
      onRestart()
    }
  }
  // Not before it was ready once: an end before that is the starter's to judge.
  const watching = ready.then(watch, () => undefined)

  return {
    name,
    get pid() {
      return unit.pid
    },
    ready,
    stop: async () => {
      stopping.abort()
      await unit.stop()
      await watching
    },
  }
}
