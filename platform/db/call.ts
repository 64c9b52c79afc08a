import type { PostgreSqlConnection } from '@mikro-orm/postgresql'
import type { Ctx } from '../graphql/context.ts'
import { organizationSetting } from './tenant.ts'
import { traced } from './traced.ts'

/** SQL types of a function's arguments, in order. */
export interface DatabaseFunction {
  readonly name: `${string}.${string}`
  readonly types: readonly string[]
}

/**
 * The narrow door beside `read` and `write`, for what happens so often that it must be one round trip: calls a function
 * of the schema, which does all its work in the one transaction of the call. The organization is entered first, so that
 * the policies see it; it is also the function's first argument. Leaves no audit record: what needs one goes through
 * `write`.
 *
 * @param values the arguments after the organization
 */
export function call<T>(
  ctx: Pick<Ctx, 'db' | 'caller' | 'span'>,
  { name, types }: DatabaseFunction,
  values: readonly unknown[],
): Promise<T> {
  return traced(ctx, name, async () => {
    const pool = await (ctx.db.orm.em.getConnection() as PostgreSqlConnection).getNativeClient()
    const { rows } = await pool.query<{ result: T }>({
      name,
      text: `select ${name}(${['entered.organization_id', ...types.map((type, index) => `$${index + 2}::${type}`)].join(', ')}) as result
       from (select set_config('${organizationSetting}', $1, true)::uuid as organization_id offset 0) as entered`,
      values: [ctx.caller.organizationId, ...values],
    })
    return (rows[0] as { result: T }).result
  })
}
