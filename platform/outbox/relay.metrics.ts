import { Counter, Gauge } from 'prom-client'
import type { Metrics } from '../telemetry/metrics.ts'
import type { OutboxState } from './outbox-states.ts'

export interface RelayMetrics {
  readonly delivered: Counter<'type'>
  readonly failed: Counter<'type'>
}

export const createRelayMetrics = ({ registry }: Metrics): RelayMetrics => ({
  delivered: new Counter({
    name: 'outbox_events_delivered_total',
    help: 'Events delivered to all subscribers',
    labelNames: ['type'],
    registers: [registry],
  }),
  failed: new Counter({
    name: 'outbox_deliveries_failed_total',
    help: 'Deliveries that failed and will be repeated',
    labelNames: ['type'],
    registers: [registry],
  }),
})

/** Tells at each scrape what waits in the outboxes; without an answer of the database there is no value: it is not zero. */
export function measureOutboxes({ registry }: Metrics, states: () => Promise<readonly OutboxState[]>): void {
  let asking: Promise<readonly OutboxState[]> | undefined
  // Asked once for both metrics of a scrape.
  const told = () => {
    asking ??= states()
      .catch(() => [])
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  new Gauge({
    name: 'outbox_oldest_event_age_seconds',
    help: 'How long the event has waited that waits longest for its delivery, by schema',
    labelNames: ['schema'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { schema, oldestAgeSeconds } of await told()) this.set({ schema }, oldestAgeSeconds)
    },
  })
  new Gauge({
    name: 'outbox_events_put_aside',
    help: 'Events that nobody tries to deliver any more, by schema',
    labelNames: ['schema'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { schema, putAside } of await told()) this.set({ schema }, putAside)
    },
  })
}
