import { setTimeout as pause } from 'node:timers/promises'
import { SetUpError } from '../local/set-up-error.ts'
import { type NodeProcessSpec, startNodeProcess } from './node-process.ts'
import type { Unit } from './supervise.ts'

export interface ServiceSpec extends NodeProcessSpec {
  readonly port: number
  /** How long it may take until it is ready. */
  readonly readyMs: number
}

/** Starts one of the six processes; it is ready when its own readiness probe says so. */
export function startService(spec: ServiceSpec): Unit {
  const service = startNodeProcess(spec)
  let over: string | undefined
  service.ended.then((how) => {
    over = how
  })
  const ready = async () => {
    const deadline = Date.now() + spec.readyMs
    let pauseMs = 25
    for (;;) {
      if (over !== undefined) {
        throw new SetUpError(`${spec.name} ended while it started (${over}): ${message(service.lastLine())}`)
      }
      const answer = await probe(`http://127.0.0.1:${spec.port}/health/ready`)
      if (answer === 'ready') return
      if (Date.now() > deadline) {
        throw new SetUpError(`${spec.name} is not ready after ${spec.readyMs / 1_000} s (${answer}): see its log.`)
      }
      await pause(pauseMs)
      pauseMs = Math.min(pauseMs * 1.2, 250)
    }
  }
  return { pid: service.pid, ended: service.ended, ready: ready(), stop: service.stop }
}

async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    const text = await response.text()
    return response.ok ? 'ready' : text.slice(0, 200)
  } catch {
    return 'no answer'
  }
}

/** What a log line says, or the line itself. */
function message(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } }
    return err?.message ?? msg ?? line
  } catch {
    return line
  }
}
