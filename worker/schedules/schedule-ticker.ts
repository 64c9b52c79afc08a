import type { Pool } from 'pg'
import { newId } from '#platform/id'
import {
  type DueSchedule,
  dueSchedules,
  fireSchedule,
  putOffSchedule,
  scheduleOwner,
} from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'

const tickMs = 500
const schedulesAtOnceMax = 20
/** A schedule that cannot be fired now must not stand in the way of the others. */
const putOffMs = 5_000

/**
 * Fires the schedules of all organizations. Every worker does: the row of a schedule says what is due, and whoever locks it
 * makes its fires. None need be the one who does, and none is missed when one dies.
 */
export class ScheduleTicker {
  readonly #parts: WorkerParts
  readonly #sweepPool: Pool
  readonly #timer: NodeJS.Timeout
  #ticking: Promise<void> | undefined

  constructor(parts: WorkerParts, sweepPool: Pool) {
    this.#parts = parts
    this.#sweepPool = sweepPool
    this.#timer = setInterval(() => void this.tick(), tickMs)
  }

  /** Resolves when the schedules that are due were looked at once. */
  tick(): Promise<void> {
    this.#ticking ??= this.#fireDue().finally(() => {
      this.#ticking = undefined
    })
    return this.#ticking
  }

  async #fireDue(): Promise<void> {
    try {
      const due = await dueSchedules(this.#sweepPool, schedulesAtOnceMax)
      await Promise.all(due.map((one) => this.#fire(one)))
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'schedules not looked at; will try again')
    }
  }

  async #fire({ organizationId, scheduleId }: DueSchedule): Promise<void> {
    const { log, scopes, tracer } = this.#parts
    const span = tracer.begin('fire schedule', 'internal', {})
    const origin = { organizationId, requestId: newId(), traceparent: span.traceparent, span }
    const ctx = this.#parts.ctxFor('agents', origin)
    try {
      const id = await scheduleOwner(ctx, scheduleId)
      if (id === undefined) return
      await fireSchedule(ctx, scheduleId, { id, rights: await scopes.of(organizationId, id, 0) })
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'Error')
      log.warn({ scheduleId, err: error }, 'schedule not fired; will try again')
      await putOffSchedule(ctx, scheduleId, putOffMs).catch((cause) => log.warn({ err: cause }, 'schedule not put off'))
    } finally {
      span.end()
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#ticking
  }
}
