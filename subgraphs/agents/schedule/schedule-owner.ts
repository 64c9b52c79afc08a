import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { Schedule } from './schedule.entity.ts'

/** Whose rights the runs of a schedule use; undefined when it is gone. */
export async function scheduleOwner(ctx: Ctx, scheduleId: string): Promise<string | undefined> {
  return (await read(ctx, (em) => em.findOne(Schedule, { id: scheduleId })))?.ownerId
}

/** Keeps a schedule that could not be looked at out of the way of the others for a while; its fires stay due. */
export async function putOffSchedule(ctx: Ctx, scheduleId: string, byMs: number): Promise<void> {
  await write(ctx, 'schedule.put-off', async (tx) => {
    tx.unchanged()
    await tx.em.execute(
      `update agents.schedule set due_at = now() + make_interval(secs => ?)
       where organization_id = ? and id = ? and due_at <= now()`,
      [byMs / 1_000, ctx.caller.organizationId, scheduleId],
    )
  })
}
