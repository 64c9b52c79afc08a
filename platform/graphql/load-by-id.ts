import type { EntityClass } from '@mikro-orm/core'
import DataLoader from 'dataloader'
import { read } from '../db/read.ts'
import { isId } from '../id.ts'
import type { Ctx } from './context.ts'

/**
 * The row with this id in the caller's organization, or null; all ids asked for in one turn of the request are read by
 * one statement.
 */
export async function loadById<E extends { id: string }>(
  ctx: Ctx,
  entity: EntityClass<E>,
  id: string,
): Promise<E | null> {
  if (!isId(id)) return null
  const loader = batchLoader(ctx, entity, async (ids) => {
    const rows = await read(ctx, (em) => em.find(entity, { id: { $in: [...ids] } } as never))
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((each) => byId.get(each) ?? null)
  })
  return loader.load(id)
}

const batchMax = 500

/** This request's loader for `name`: keys asked for in one turn reach `load` together, at most 500 at a time. */
export function batchLoader<V>(
  ctx: Ctx,
  name: unknown,
  load: (keys: readonly string[]) => Promise<readonly V[]>,
): DataLoader<string, V> {
  const known = ctx.loaders.get(name)
  if (known !== undefined) return known as DataLoader<string, V>
  const loader = new DataLoader<string, V>(load, { maxBatchSize: batchMax })
  ctx.loaders.set(name, loader as DataLoader<string, unknown>)
  return loader
}
