import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Ctx } from '../graphql/context.ts'
import type { Span } from '../telemetry/span.ts'
import { organizationSetting } from './tenant.ts'
import { statementsOf, traceExecute } from './trace-statements.ts'
import { traced } from './traced.ts'

/** The part of an EntityManager that only reads. */
export type Reader = Pick<SqlEntityManager, 'find' | 'findOne' | 'count' | 'execute'>

/**
 * One of the two doors to the database: runs `fn` in a read-only transaction that sees the caller's organization only.
 *
 * @param fn gets the reader; it must not keep it after its promise settles
 */
export function read<T>(ctx: Pick<Ctx, 'db' | 'caller' | 'span'>, fn: (em: Reader) => Promise<T>): Promise<T> {
  return traced(ctx, 'read', (span) =>
    tenantManager(ctx, span).transactional((em) => fn(traceExecute(em as SqlEntityManager, span)), { readOnly: true }),
  )
}

/** An EntityManager behind both walls: the ORM's tenant filter and the transaction-local setting for the policies. */
export function tenantManager(ctx: Pick<Ctx, 'db' | 'caller'>, span?: Span): SqlEntityManager {
  const { organizationId } = ctx.caller
  // Else a fork made within a transaction of another database would be one of that database.
  const em = ctx.db.orm.em.fork({ disableContextResolution: true, loggerContext: statementsOf(span) })
  em.setFilterParams('tenant', { organizationId })
  em.setSessionContext({ variables: { [organizationSetting]: organizationId } })
  return em as SqlEntityManager
}

/** Has a transaction go on in the organization of `ctx`: both walls move. */
export async function enterOrganization(em: SqlEntityManager, { caller }: Pick<Ctx, 'caller'>): Promise<void> {
  em.setFilterParams('tenant', { organizationId: caller.organizationId })
  await em.execute('select set_config(?, ?, true)', [organizationSetting, caller.organizationId])
}
