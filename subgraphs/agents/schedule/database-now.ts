import type { Tx } from '#platform/db/write'

/** When the transaction began, by the clock that all processes share. */
export async function databaseNow(tx: Tx): Promise<Date> {
  const [row] = await tx.em.execute<{ now: string | Date }[]>('select now() as now')
  return new Date(row?.now ?? Number.NaN)
}
