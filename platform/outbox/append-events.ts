import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { textArray } from '../db/text-array.ts'
import type { Ctx } from '../graphql/context.ts'
import type { PendingEvent } from './event.ts'

export const outboxChannel = 'forgeops_outbox'

/**
 * Stores events at the end of a transaction. Each key's advisory lock is held until commit, so that within a key
 * sequence order is commit order; keys are locked in sorted order, so that two writers cannot wait for each other. An
 * event that is stored already, by its id, is left as it is.
 */
export async function appendEvents(em: SqlEntityManager, ctx: Ctx, events: readonly PendingEvent[]): Promise<void> {
  const schema = ctx.db.schema
  const keys = [...new Set(events.map((event) => `${schema}:${event.key}`))]
  const span = ctx.span?.child(`send ${schema}.outbox`, 'producer', {
    ...{ 'messaging.system': 'forgeops.outbox', 'messaging.operation.type': 'send' },
    ...{ 'messaging.destination.name': `${schema}.outbox`, 'messaging.batch.message_count': events.length },
  })
  await em.execute(
    `with locked as materialized (
       select pg_advisory_xact_lock(k) from (select distinct hashtextextended(t, 0) as k from unnest(?::text[]) as t order by 1) as keys
     )
     insert into ${schema}.outbox (organization_id, id, key, type, data, request_id, traceparent, occurred_at)
     select ?::uuid, e.id, e.key, e.type, e.data, ?, ?, now() from ${eventRows('?')}
     where (select count(*) from locked) > 0 order by e.position
     on conflict (organization_id, id) do nothing`,
    [
      textArray(keys),
      ...[ctx.caller.organizationId, ctx.requestId, span?.traceparent ?? ctx.traceparent, JSON.stringify(events)],
    ],
  )
  span?.end()
}

/** Events, given as JSON, as rows `e`. */
export const eventRows = (parameter: string): string =>
  `rows from (jsonb_to_recordset(${parameter}::jsonb) as (id uuid, key text, type text, data jsonb))
     with ordinality as e(id, key, type, data, position)`
