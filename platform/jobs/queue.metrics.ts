import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Metrics } from '../telemetry/metrics.ts'
import { withDeadline } from './with-deadline.ts'

/** What a queue tells of itself at a scrape. */
export interface QueueState {
  readonly waiting: number
  readonly active: number
  /** Of the job that waits longest; 0 when none waits. */
  readonly oldestAgeSeconds: number
}

const scrapeDeadlineMs = 1_000
/** Seconds; a job may work on a run for minutes. */
const buckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900]

/**
 * Rate, failures, durations and length of the queues of a process; the label `queue` is the job's name. What Redis does
 * not tell within a second has no value: it is not zero.
 */
export class QueueMetrics {
  readonly duration: Histogram<'queue' | 'outcome'>
  readonly stalled: Counter<'queue'>
  readonly #queues = new Map<string, () => Promise<QueueState>>()
  readonly #registry: Registry
  #asking: Promise<ReadonlyMap<string, QueueState>> | undefined

  constructor({ registry }: Metrics) {
    this.#registry = registry
    const registers = [registry]
    const told = () => this.#told()
    this.duration = new Histogram({
      name: 'queue_job_duration_seconds',
      help: 'Time that a job took, by outcome: done or failed',
      labelNames: ['queue', 'outcome'],
      buckets,
      registers,
    })
    this.stalled = new Counter({
      name: 'queue_jobs_stalled_total',
      help: 'Jobs handed out again because their worker died or was cut off',
      labelNames: ['queue'],
      registers,
    })
    new Gauge({
      name: 'queue_jobs',
      help: 'Jobs in Redis by state',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        this.reset()
        for (const [queue, { waiting, active }] of await told()) {
          this.set({ queue, state: 'waiting' }, waiting)
          this.set({ queue, state: 'active' }, active)
        }
      },
    })
    new Gauge({
      name: 'queue_oldest_job_age_seconds',
      help: 'How long the job has waited that waits longest',
      labelNames: ['queue'],
      registers,
      async collect() {
        this.reset()
        for (const [queue, { oldestAgeSeconds }] of await told()) this.set({ queue }, oldestAgeSeconds)
      },
    })
  }

  watch(queue: string, state: () => Promise<QueueState>): void {
    this.#queues.set(queue, state)
    const told = () => this.#told()
    new Gauge({
      name: `queue_${queue.replaceAll('-', '_')}_jobs`,
      help: `As queue_jobs of ${queue}, under its older name`,
      labelNames: ['state'],
      registers: [this.#registry],
      async collect() {
        this.reset()
        const state = (await told()).get(queue)
        if (state === undefined) return
        this.set({ state: 'waiting' }, state.waiting)
        this.set({ state: 'active' }, state.active)
      },
    })
  }

  /** Asked once for all metrics of a scrape. */
  #told(): Promise<ReadonlyMap<string, QueueState>> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<ReadonlyMap<string, QueueState>> {
    const told = new Map<string, QueueState>()
    const asked = [...this.#queues].map(async ([queue, state]) =>
      told.set(queue, await withDeadline(state(), scrapeDeadlineMs)),
    )
    await Promise.allSettled(asked)
    return told
  }
}
