import { Counter } from 'prom-client'
import type { Metrics } from '#platform/telemetry/metrics'

export type MailCounter = Counter<'outcome'>

export const createMailCounter = ({ registry }: Metrics): MailCounter =>
  new Counter({
    name: 'identity_mails_total',
    help: 'Attempts to send a letter, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
  })
