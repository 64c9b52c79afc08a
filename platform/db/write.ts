import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { AuditRecord } from '#contracts/audit-recorded.event'
import type { EventData } from '#contracts/define-event'
import type { DomainError } from '../errors/domain-error.ts'
import { type Ctx, withinSpan } from '../graphql/context.ts'
import type { Claim } from '../idempotency/claim.ts'
import { appendEvents } from '../outbox/append-events.ts'
import { type AnyEvent, type PendingEvent, pendingEvent } from '../outbox/event.ts'
import { auditEvent } from './audit-event.ts'
import { enterOrganization, tenantManager } from './read.ts'
import { traceExecute } from './trace-statements.ts'
import { traced } from './traced.ts'

type Target = AuditRecord['targets'][number]

/** What a write may do besides storing: name what it touched, and tell the others. */
export interface Tx {
  readonly em: SqlEntityManager
  /** Names a thing that this write changed; the audit record lists it. */
  target(type: string, id: string, name?: string): void
  /** A fact for the audit record's context. Never a secret. */
  detail(name: string, value: AuditRecord['context']['detail'][string]): void
  /** A follow-up event, delivered after commit, in order within `key`. With an `id` of its own it is stored once. */
  emit<D extends AnyEvent>(definition: D, data: EventData<D>, key: string, id?: string): void
  /** Commits what was stored so far, recorded as `action` refused, and then throws `error` to the caller. */
  refuse(action: string, error: DomainError): Refusal
  /** Nothing happened worth a record, e.g. a repeated request: commits without one. */
  unchanged(): void
}

class Refusal {
  readonly action: string
  readonly error: DomainError
  constructor(action: string, error: DomainError) {
    this.action = action
    this.error = error
  }
}

export type { Refusal }

/**
 * One of the two doors to the database, the only one that stores: runs `fn` in a transaction of the caller's
 * organization and commits with it the audit record named `action` and the events emitted. Of a mutation with an
 * Idempotency-Key it also stores that it was done, with the result, which therefore is what the mutation answers.
 *
 * @param action what happened, `noun.happened`
 * @param fn returns the result, or `tx.refuse(…)`: a refusal is a committed outcome, a throw rolls everything back
 * @throws the refusal's error after its record is committed; whatever `fn` throws
 */
export async function write<T>(ctx: Ctx, action: string, fn: (tx: Tx) => Promise<T | Refusal>): Promise<T> {
  const outcome = await traced(ctx, action, (span) =>
    tenantManager(ctx, span).transactional(async (given) => {
      const em = traceExecute(given as SqlEntityManager, span)
      const within = withinSpan(ctx, span)
      return ctx.claim === undefined ? recorded(em, within, action, fn) : claimed(em, within, ctx.claim, action, fn)
    }),
  )
  ctx.db.relay.now()
  if (!(outcome instanceof Refusal)) return outcome
  outcome.error.recorded = true
  throw outcome.error
}

/** The same for a mutation with an Idempotency-Key, which also stores what it answers. */
async function claimed<T>(
  em: SqlEntityManager,
  ctx: Ctx,
  claim: Claim,
  action: string,
  fn: (tx: Tx) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const { schema } = ctx.db
  await claim.begin(em, schema, ctx.caller.organizationId)
  const result = await recorded(em, ctx, action, fn)
  // No answer means that there was nothing to do: the next write of the mutation may have something.
  if (result instanceof Refusal || (result === undefined && claim.keepsAnswer)) await claim.release(em, schema)
  else await claim.keep(em, schema, result)
  return result
}

/**
 * Does something in another organization too, in the transaction at hand: both happen, or neither, each with a record of
 * its own. For the rare thing that is about two organizations at once.
 *
 * @param ctx the transaction's own
 * @param there the same request, working in the other organization
 */
export async function writeElsewhere(
  ctx: Ctx,
  { em }: Tx,
  there: Ctx,
  action: string,
  fn: (tx: Tx) => Promise<void>,
): Promise<void> {
  await em.flush()
  await enterOrganization(em, there)
  await recorded(em, there, action, fn)
  await enterOrganization(em, ctx)
}

/** Does a further thing in the transaction at hand, with a record of its own: both happen, or neither. */
export async function writeAlongside(
  ctx: Ctx,
  { em }: Tx,
  action: string,
  fn: (tx: Tx) => Promise<void>,
): Promise<void> {
  await recorded(em, ctx, action, fn)
}

/** Runs `fn` and stores what it told, all in the transaction of `em`. */
async function recorded<T>(
  em: SqlEntityManager,
  ctx: Ctx,
  action: string,
  fn: (tx: Tx) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const targets: Target[] = []
  const detail: AuditRecord['context']['detail'] = {}
  const events: PendingEvent[] = []
  let silent = false
  const result = await fn({
    em,
    target: (type, id, name) => void targets.push({ type, id, name: name ?? null }),
    detail: (name, value) => {
      detail[name] = value
    },
    emit: (definition, data, key, id) => void events.push(pendingEvent(definition, data, key, id)),
    refuse: (refused, error) => new Refusal(refused, error),
    unchanged: () => {
      silent = true
    },
  })
  await em.flush()
  if (!silent) {
    const told =
      result instanceof Refusal
        ? { action: result.action, outcome: 'refused' as const }
        : { action, outcome: 'succeeded' as const }
    events.push(auditEvent(ctx, { ...told, targets, detail }))
  }
  if (events.length > 0) await appendEvents(em, ctx, events)
  return result
}
