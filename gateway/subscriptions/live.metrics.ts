import { Counter, Gauge, type Registry } from 'prom-client'

export type Transport = 'sse' | 'websocket'

/** What the operator sees of subscriptions. */
export class LiveMetrics {
  readonly active: Gauge<'transport'>
  readonly events: Counter
  readonly ended: Counter<'code'>
  readonly refused: Counter<'limit'>
  readonly questions: Counter<'answer'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.active = new Gauge({
      name: 'gateway_subscriptions_active',
      help: 'Subscriptions that are open, by transport',
      labelNames: ['transport'] as const,
      registers,
    })
    this.events = new Counter({
      name: 'gateway_subscription_events_total',
      help: 'Events that were handed to clients',
      registers,
    })
    this.ended = new Counter({
      name: 'gateway_connections_ended_total',
      help: 'Connections with subscriptions that the gateway ended, by the code that it told the client',
      labelNames: ['code'] as const,
      registers,
    })
    this.refused = new Counter({
      name: 'gateway_subscriptions_refused_total',
      help: 'Subscriptions and connections that were refused, by the limit that was reached',
      labelNames: ['limit'] as const,
      registers,
    })
    this.questions = new Counter({
      name: 'gateway_subscription_questions_total',
      help: 'Questions to subgraphs for events, by whether they had any',
      labelNames: ['answer'] as const,
      registers,
    })
  }
}
