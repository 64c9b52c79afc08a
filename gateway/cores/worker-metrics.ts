import { AggregatorRegistry, type Registry } from 'prom-client'
import type { MetricJson } from './messages.ts'

/**
 * The metrics of several processes as those of one: counters and histograms are added up, and what is left of processes
 * that have ended stays in the sum, so that it never falls. Whatever else there is keeps the label `worker`.
 */
export class WorkerMetrics {
  readonly #last = new Map<string, readonly MetricJson[]>()
  #ended: Promise<readonly MetricJson[]> = Promise.resolve([])

  /** What the process of this name, which no other one ever has, says now. */
  heard(name: string, metrics: readonly MetricJson[]): void {
    this.#last.set(name, metrics)
  }

  /** The process says no more: what it counted last is kept. */
  gone(name: string): void {
    const counted = (this.#last.get(name) ?? []).filter(isSum).map(summed)
    this.#last.delete(name)
    this.#ended = this.#ended.then((ended) => jsonOf(added([ended, counted])))
  }

  /** Prometheus text. */
  async text(): Promise<string> {
    const ended = await this.#ended
    const all = [...this.#last].map(([name, metrics]) =>
      metrics.map((metric) => (isSum(metric) ? summed(metric) : labelled(metric, name))),
    )
    return added([ended, ...all]).metrics()
  }
}

/** What is counted up over a process's life can be added to what others count; anything else is a fact of that process. */
const isSum = ({ type }: MetricJson): boolean => type === 'counter' || type === 'histogram'

const summed = (metric: MetricJson): MetricJson => ({ ...metric, aggregator: 'sum' })

const labelled = (metric: MetricJson, worker: string): MetricJson => ({
  ...summed(metric),
  values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })),
})

const added = (all: readonly (readonly MetricJson[])[]) => AggregatorRegistry.aggregate([...all])

/** What a registry has, in the shape in which it goes from process to process. */
export const jsonOf = (registry: Pick<Registry, 'getMetricsAsJSON'>) =>
  registry.getMetricsAsJSON() as unknown as Promise<readonly MetricJson[]>
