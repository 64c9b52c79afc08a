import type { Addition, Counted } from '../traffic/rate-limits/counters.ts'

/** A metric as a registry gives it, with its values. */
export interface MetricJson {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly values: readonly {
    readonly value: number
    readonly labels: Readonly<Record<string, string | number>>
    /** Where it is not the metric's own, as a histogram's buckets. */
    readonly metricName?: string
  }[]
}

/** What a worker says to its primary. */
export type ToPrimary =
  | { readonly say: 'ready'; readonly url: string }
  | { readonly say: 'count'; readonly id: number; readonly additions: readonly Addition[] }
  | { readonly say: 'metrics'; readonly id: number; readonly metrics: readonly MetricJson[] }

/** What the primary says to a worker. */
export type ToWorker =
  | { readonly say: 'all-ready' }
  | { readonly say: 'counted'; readonly id: number; readonly counted: readonly Counted[] }
  | { readonly say: 'give-metrics'; readonly id: number }
