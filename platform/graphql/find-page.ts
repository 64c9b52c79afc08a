import type { EntityClass } from '@mikro-orm/core'
import { read } from '../db/read.ts'
import { textArray } from '../db/text-array.ts'
import type { Ctx } from './context.ts'
import { batchLoader } from './load-by-id.ts'
import { type Page, type PageArgs, type PageWindow, pageOf, pageWindow } from './page.ts'

/** A page of the caller's organization's rows that match `where`, newest first: one statement, plus one if counted. */
export async function findPage<E extends { id: string }>(
  ctx: Ctx,
  entity: EntityClass<E>,
  where: object,
  args: PageArgs,
): Promise<Page<E>> {
  const window = pageWindow(args)
  const conditions = {
    $and: [where, ...(window.from === null ? [] : [{ id: { [window.forward ? '$lt' : '$gt']: window.from } }])],
  }
  const rows = await read(ctx, (em) =>
    em.find(entity, conditions as never, {
      orderBy: { id: window.forward ? 'desc' : 'asc' } as never,
      limit: window.size + 1,
    }),
  )
  return pageOf(rows, window, () => read(ctx, (em) => em.count(entity, where as never)))
}

/** Where the children of many parents are: names are ours, never a caller's. */
export interface ChildTable<E> {
  readonly entity: EntityClass<E>
  readonly parent: string & keyof E
}

/**
 * A page of children for one parent; all parents asked for in one turn of the request are read by one statement,
 * a LATERAL join that takes each parent's own first rows from the index.
 */
export async function findChildPage<E extends { id: string }>(
  ctx: Ctx,
  table: ChildTable<E>,
  parentId: string,
  args: PageArgs,
): Promise<Page<E>> {
  const window = pageWindow(args)
  const name = `${table.entity.name}.${table.parent}`
  const rows = batchLoader(ctx, `${name}:${JSON.stringify(window)}`, (ids) => readChildren(ctx, table, ids, window))
  const counts = batchLoader(ctx, `${name}:count`, (ids) => countChildren(ctx, table, ids))
  return pageOf(await rows.load(parentId), window, () => counts.load(parentId))
}

async function readChildren<E extends { id: string }>(
  ctx: Ctx,
  table: ChildTable<E>,
  parentIds: readonly string[],
  window: PageWindow,
): Promise<E[][]> {
  const { columns, from } = namesOf(ctx, table)
  const order = window.forward ? 'desc' : 'asc'
  const rows = await read(ctx, (em) =>
    em.execute<Record<string, unknown>[]>(
      `select ${columns} from unnest(?::uuid[]) as parents(parent_id) cross join lateral (
         select * from ${from.table} where organization_id = ?::uuid and ${from.parent} = parents.parent_id
           and (?::uuid is null or id ${window.forward ? '<' : '>'} ?::uuid)
         order by id ${order} limit ?
       ) as child`,
      [textArray(parentIds), ctx.caller.organizationId, window.from, window.from, window.size + 1],
    ),
  )
  const em = ctx.db.orm.em.fork()
  const children = rows.map((row) => em.map(table.entity, row as never))
  return parentIds.map((id) => children.filter((child) => child[table.parent] === id))
}

async function countChildren<E extends { id: string }>(
  ctx: Ctx,
  table: ChildTable<E>,
  parentIds: readonly string[],
): Promise<number[]> {
  const { from } = namesOf(ctx, table)
  const rows = await read(ctx, (em) =>
    em.execute<{ parent: string; n: string }[]>(
      `select ${from.parent} as parent, count(*) as n from ${from.table} where organization_id = ?::uuid and ${from.parent} = any(?::uuid[]) group by 1`,
      [ctx.caller.organizationId, textArray(parentIds)],
    ),
  )
  const byParent = new Map(rows.map((row) => [row.parent, Number(row.n)]))
  return parentIds.map((id) => byParent.get(id) ?? 0)
}

function namesOf<E>(ctx: Ctx, table: ChildTable<E>) {
  const meta = ctx.db.orm.getMetadata().get(table.entity as never)
  const properties = Object.values(meta.properties) as { fieldNames: string[]; name: string; lazy?: boolean }[]
  const columnOf = (name: string) => properties.find((property) => property.name === name)?.fieldNames[0] ?? name
  return {
    // Without what is read only when it is asked for, as entities are read elsewhere.
    columns: properties.flatMap(({ fieldNames, lazy }) => (lazy === true ? [] : [`child.${fieldNames[0]}`])).join(', '),
    from: { table: `${ctx.db.schema}.${meta.tableName}`, parent: columnOf(table.parent) },
  }
}
