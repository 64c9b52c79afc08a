import { Counter, Gauge, Histogram } from 'prom-client'
import type { Metrics } from '#platform/telemetry/metrics'
import type { RunCommit } from '../../subgraphs/agents/jobs.ts'

/** Seconds; from a commit on a quiet server to one that waits for a lock. */
const commitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
/** What becomes of an attempt of a step, as its event tells it; the other events are no outcome. */
const outcomes: ReadonlySet<string> = new Set(['succeeded', 'failed', 'retrying', 'skipped', 'cancelled', 'fenced'])

/** Counts what this worker does of runs, as it is stored: what was lost with a worker counts where it is done again. */
export class RunMetrics {
  readonly #metrics: Metrics
  readonly #commits: Histogram
  readonly #steps: Counter<'kind' | 'outcome'>
  readonly #ended: Counter<'status'>

  constructor(metrics: Metrics) {
    this.#metrics = metrics
    const registers = [metrics.registry]
    this.#commits = new Histogram({
      name: 'run_commit_duration_seconds',
      help: 'Time to store what was done of a run',
      buckets: commitBuckets,
      registers,
    })
    this.#steps = new Counter({
      name: 'run_steps_total',
      help: 'Steps by what became of them, one that is tried again each time',
      labelNames: ['kind', 'outcome'],
      registers,
    })
    this.#ended = new Counter({
      name: 'runs_ended_total',
      help: 'Runs that this worker brought to their end',
      labelNames: ['status'],
      registers,
    })
  }

  stored({ events, end }: RunCommit, seconds: number): void {
    this.#commits.observe(seconds)
    for (const { type, data } of events) {
      const outcome = type.slice('step.'.length)
      if (type.startsWith('step.') && outcomes.has(outcome)) this.#steps.inc({ kind: String(data.kind), outcome })
    }
    if (end !== undefined) this.#ended.inc({ status: end.status })
  }

  /** @param runs how many this worker has in hand */
  watchHand(runs: () => number): void {
    new Gauge({
      name: 'runs_in_hand',
      help: 'Runs that this worker works on now',
      registers: [this.#metrics.registry],
      collect() {
        this.set(runs())
      },
    })
  }

  /** @param state evaluations of expressions that are under way, and that wait for a place */
  watchExpressions(state: () => { readonly running: number; readonly waiting: number }): void {
    new Gauge({
      name: 'expression_evaluations',
      help: 'Evaluations of expressions under way, and waiting for a place',
      labelNames: ['state'],
      registers: [this.#metrics.registry],
      collect() {
        const { running, waiting } = state()
        this.set({ state: 'running' }, running)
        this.set({ state: 'waiting' }, waiting)
      },
    })
  }
}
