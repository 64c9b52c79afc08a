import { auditRecorded } from '#contracts/audit-recorded.event'
import { systemCaller } from '../caller/caller.ts'
import type { Database } from '../db/database.ts'
import { write } from '../db/write.ts'
import type { Ctx } from '../graphql/context.ts'
import type { Logger } from '../log/logger.ts'
import { continueTrace } from '../telemetry/trace-context.ts'
import type { RefusalBatch } from './refusal.ts'
import { auditRecordOf } from './refusal-batch.ts'

/** Stores a batch in the subgraph's own outbox, each refusal in the organization of whoever was refused; repeatable. */
export async function writeRefusals(db: Database, log: Logger, { id, refusals }: RefusalBatch): Promise<void> {
  for (const [organizationId, own] of Map.groupBy(refusals, (refusal) => refusal.organizationId)) {
    const ctx: Ctx = {
      caller: systemCaller(organizationId),
      db,
      parts: undefined,
      requestId: id,
      traceparent: continueTrace(undefined),
      log,
      loaders: new Map(),
    }
    await write(ctx, 'access.refused', async (tx) => {
      // The records are the refused callers' own; the act of storing them is none.
      tx.unchanged()
      for (const refusal of own)
        tx.emit(auditRecorded, auditRecordOf(refusal), `refusals:${organizationId}`, refusal.id)
    })
  }
}
