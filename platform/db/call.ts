import type { PostgreSqlConnection } from '@mikro-orm/postgresql'
import type { Ctx } from '../graphql/context.ts'
import { eventRows } from '../outbox/append-events.ts'
import type { PendingEvent } from '../outbox/event.ts'
import { auditEvent, type Told } from './audit-event.ts'
import { organizationSetting } from './tenant.ts'
import { traced } from './traced.ts'

/** SQL types of a function's arguments, in order. */
export interface DatabaseFunction {
  readonly name: `${string}.${string}`
  readonly types: readonly string[]
}

/** What a call is recorded by, in its own transaction. */
export interface Recorded {
  readonly action: string
  readonly targets: Told['targets']
  readonly detail: Told['detail']
  readonly events: readonly PendingEvent[]
}

const entered = `select set_config('${organizationSetting}', $1, true)::uuid as organization_id offset 0`

/**
 * The narrow door beside `read` and `write`, for what happens so often that it must be one round trip: calls a function
 * of the schema, which does all its work in the one transaction of the call. The organization is entered first, so that
 * the policies see it; it is also the function's first argument. Leaves no audit record.
 *
 * @param values the arguments after the organization
 */
export function call<T>(ctx: Calling, { name, types }: DatabaseFunction, values: readonly unknown[]): Promise<T> {
  const text = `select ${name}(${argumentsOf(types)}) as result from (${entered}) as entered`
  return send(ctx, { name, text, values: [ctx.caller.organizationId, ...values] })
}

/**
 * The same with an audit record and events, stored together with what the function does; not when it answers null or
 * `{"repeated": true}`: then nothing happened. The function must hold a row's lock for each of the events' keys, or within
 * a key they would not be in the order of commits.
 */
export async function callRecorded<T>(
  ctx: Calling & Pick<Ctx, 'requestId' | 'traceparent'>,
  { name, types }: DatabaseFunction,
  values: readonly unknown[],
  { action, targets, detail, events }: Recorded,
): Promise<T> {
  const rows = [...events, auditEvent(ctx, { action, outcome: 'succeeded', targets, detail })]
  const [request, trace, data] = [2, 3, 4].map((place) => `$${types.length + place}`)
  const text = `with called as materialized (select ${name}(${argumentsOf(types)}) as result from (${entered}) as entered),
    told as (
      insert into ${ctx.db.schema}.outbox (organization_id, id, key, type, data, request_id, traceparent, occurred_at)
      select $1::uuid, e.id, e.key, e.type, e.data, ${request}, ${trace}, now() from called, ${eventRows(`${data}`)}
      where called.result is not null and coalesce(called.result->>'repeated', 'false') = 'false' order by e.position
    )
    select result from called`
  const more = [ctx.requestId, ctx.traceparent, JSON.stringify(rows)]
  const result = await send<T>(ctx, {
    name: `${name} recorded`,
    text,
    values: [ctx.caller.organizationId, ...values, ...more],
  })
  ctx.db.relay.now()
  return result
}

type Calling = Pick<Ctx, 'db' | 'caller' | 'span'>

const argumentsOf = (types: readonly string[]) =>
  ['entered.organization_id', ...types.map((type, index) => `$${index + 2}::${type}`)].join(', ')

/** Prepared by its name, once per connection. */
function send<T>(ctx: Calling, query: { name: string; text: string; values: readonly unknown[] }): Promise<T> {
  return traced(ctx, query.name, async () => {
    const pool = await (ctx.db.orm.em.getConnection() as PostgreSqlConnection).getNativeClient()
    const { rows } = await pool.query<{ result: T }>({ ...query, values: [...query.values] })
    return (rows[0] as { result: T }).result
  })
}
