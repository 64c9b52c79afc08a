import { Counter } from 'prom-client'
import type { Metrics } from '../telemetry/metrics.ts'

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
