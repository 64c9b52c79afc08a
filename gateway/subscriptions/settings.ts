import { count, durationMs, onOff } from '#platform/config/units'

export const subscriptionVariables = {
  SUBSCRIPTIONS: onOff().default(true),
  SUBSCRIPTIONS_MAX: count(10_000),
  SUBSCRIPTIONS_PER_ORGANIZATION: count(2_000),
  SUBSCRIPTIONS_PER_CALLER: count(100),
  SUBSCRIPTIONS_PER_CONNECTION: count(50),
  SUBSCRIPTION_POLL_MS: durationMs(3_000),
  SUBSCRIPTION_POLLS_PER_SECOND: count(100),
  SUBSCRIPTION_HEARTBEAT_MS: durationMs(12_000),
  SUBSCRIPTION_SLOW_MS: durationMs(30_000),
}

export interface SubscriptionSettings {
  readonly perProcess: number
  readonly perOrganization: number
  readonly perCaller: number
  /** Operations at a time over one WebSocket. */
  readonly perConnection: number
  /** After about this long a topic is asked about although nobody said that it changed; ten times as long with Redis. */
  readonly pollMs: number
  readonly pollsPerSecondMax: number
  readonly heartbeatMs: number
  /** For how long a client may leave unread what it was sent. */
  readonly slowMs: number
}

type Values = {
  readonly [Name in keyof typeof subscriptionVariables]: (typeof subscriptionVariables)[Name]['_zod']['output']
}

/** @returns null when there are to be none */
export const subscriptionSettings = (v: Values): SubscriptionSettings | null =>
  v.SUBSCRIPTIONS
    ? {
        perProcess: v.SUBSCRIPTIONS_MAX,
        perOrganization: v.SUBSCRIPTIONS_PER_ORGANIZATION,
        perCaller: v.SUBSCRIPTIONS_PER_CALLER,
        perConnection: v.SUBSCRIPTIONS_PER_CONNECTION,
        pollMs: v.SUBSCRIPTION_POLL_MS,
        pollsPerSecondMax: v.SUBSCRIPTION_POLLS_PER_SECOND,
        heartbeatMs: v.SUBSCRIPTION_HEARTBEAT_MS,
        slowMs: v.SUBSCRIPTION_SLOW_MS,
      }
    : null
