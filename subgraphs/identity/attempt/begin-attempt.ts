import { networkOf } from '#platform/caller/network-of'
import { type Tx, write } from '#platform/db/write'
import { RateLimitedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { failuresMs, knownClientMs, perAccountAndAddressMax, windowMs } from './attempt.limits.ts'
import { type AttemptRule, atMost, type BucketState, everSlower, noteRefusal, withdrawn } from './attempt.rules.ts'
import { holdBucket, isKnown, remember, removeExpired, storeBucket } from './attempt-buckets.ts'
import { accountOf } from './attempt-keys.ts'

/** What is tried: a secret of an account. */
export interface Attempted {
  /** Each kind of secret is counted for itself: who knows the password has no further guesses at the code. */
  readonly purpose: 'password' | 'code'
  /** The account's e-mail address, as given; there need not be such an account. */
  readonly account: string
}

/** An attempt that is counted, as wrong until it is known to be right. */
export interface Attempt {
  /** Runs the check of the secret. When it throws, nothing was decided, and the attempt does not count. */
  decide<T>(check: () => Promise<T>): Promise<T>
  /** The secret was right: the account is slowed down no more. */
  succeed(): Promise<void>
}

interface Counter {
  readonly limit: 'address' | 'account' | 'account-and-address'
  readonly key: string
  readonly keptMs: number
  readonly rule: AttemptRule
}

/**
 * Counts an attempt at a secret before it is checked, so that many at once are as many as one after the other, in three
 * buckets: of the client's address (many accounts), of the account (many addresses, ever slower) and of both. A client
 * from which the account signed in before is slowed down by its own failures only, whatever strangers do.
 *
 * @param ctx working where a refusal is to be recorded: in the account's organization, or the system organization
 * @throws RateLimitedError with `retryAfterSeconds`, in the same words whether there is such an account or not; of each
 *   bucket's refusals the first in a minute is recorded, with the number of those that were not
 */
export async function beginAttempt(ctx: IdentityCtx, attempted: Attempted): Promise<Attempt> {
  const at = Date.now()
  const counters = await write<readonly Counter[]>(ctx, 'attempt.counted', async (tx) => {
    const held: { counter: Counter; next: BucketState }[] = []
    // Always in this order, in which nobody can wait for somebody who waits for them.
    for (const counter of await countersOf(ctx, tx, attempted, at)) {
      const state = await holdBucket(tx, counter, at)
      const ruling = counter.rule(state, at)
      if ('waitMs' in ruling) return refuse(tx, attempted, counter, state, ruling.waitMs, at)
      held.push({ counter, next: ruling.next })
    }
    for (const { counter, next } of held) await storeBucket(tx, counter.key, next)
    await removeExpired(tx, at)
    tx.unchanged()
    return held.map(({ counter }) => counter)
  })
  const change = (action: string, how: (counter: Counter, state: BucketState) => BucketState) =>
    write(ctx, action, async (tx) => {
      tx.unchanged()
      for (const counter of counters)
        await storeBucket(tx, counter.key, how(counter, await holdBucket(tx, counter, Date.now())))
    })
  return {
    decide: (check) =>
      check().catch(async (error) => {
        await change('attempt.withdrawn', (_counter, state) => withdrawn(state, at))
        throw error
      }),
    // An address gets back this attempt only: else one's own account would be a way to go on guessing at others'.
    succeed: () => change('attempt.succeeded', ({ limit }, state) => (limit === 'address' ? withdrawn(state, at) : {})),
  }
}

async function countersOf(ctx: IdentityCtx, tx: Tx, { purpose, account }: Attempted, at: number): Promise<Counter[]> {
  const { keys, perAddressMax } = ctx.parts.attempts
  const who = accountOf(account)
  const network = networkOf(ctx.caller.address)
  const client = keys.client(account, ctx.caller)
  const delayed = (await isKnown(tx, client, at)) ? keys.of('delay', purpose, client) : keys.of('delay', purpose, who)
  const inWindow = (limit: Counter['limit'], key: string, max: number): Counter => ({
    limit,
    key,
    keptMs: 2 * windowMs,
    rule: atMost(max),
  })
  return [
    ...(network === null ? [] : [inWindow('address', keys.of('address', network), perAddressMax)]),
    { limit: 'account', key: delayed, keptMs: failuresMs, rule: everSlower },
    inWindow('account-and-address', keys.of('pair', purpose, who, network), perAccountAndAddressMax),
  ]
}

async function refuse(
  tx: Tx,
  { purpose }: Attempted,
  { limit, key }: Counter,
  state: BucketState,
  waitMs: number,
  at: number,
) {
  const { next, record } = noteRefusal(state, at)
  await storeBucket(tx, key, next)
  const retryAfterSeconds = Math.ceil(waitMs / 1_000)
  if (record === undefined) tx.unchanged()
  for (const [name, value] of Object.entries({ purpose, limit, retryAfterSeconds, ...record })) tx.detail(name, value)
  return tx.refuse('attempt.limited', new RateLimitedError(retryAfterSeconds))
}

/** The client at hand is one from which the account signs in: strangers cannot slow it down from now on. */
export const rememberClient = (ctx: IdentityCtx, tx: Tx, email: string): Promise<void> =>
  remember(tx, { key: ctx.parts.attempts.keys.client(email, ctx.caller), keptMs: knownClientMs })
