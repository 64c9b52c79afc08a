import { z } from 'zod'
import { type AuditRecord, auditActor } from '#contracts/audit-recorded.event'
import { isId } from '../id.ts'
import { type RefusalBatch, type RefusalRecord, refusalsPerBatch } from './refusal.ts'

const id = z.string().refine(isId)
const count = z.int().min(1)
const moment = z.iso.datetime()

/** A batch as it is handed in; every part of it is bounded. */
export const refusalBatch = z.object({
  id,
  refusals: z
    .array(
      z.object({
        id,
        organizationId: id,
        actor: auditActor,
        address: z.string().max(100).nullable(),
        userAgent: z.string().max(200).nullable(),
        coordinate: z.string().max(200).nullable(),
        code: z.string().regex(/^[A-Z][A-Z_]{0,99}$/),
        reason: z.string().max(100).nullable(),
        count,
        minute: moment,
        firstAt: moment,
        lastAt: moment,
        requestId: z.string().max(64),
        traceId: z.string().regex(/^[0-9a-f]{32}$/),
      }),
    )
    .min(1)
    .max(refusalsPerBatch),
}) satisfies z.ZodType<RefusalBatch>

/** The event `access.refused` that a record becomes in its organization's trail. */
export function auditRecordOf(refusal: RefusalRecord): AuditRecord {
  const { actor, address, userAgent, coordinate, code, reason, count, minute, firstAt, lastAt } = refusal
  const type = coordinate?.includes('/') ? 'route' : 'field'
  return {
    action: 'access.refused',
    occurredAt: firstAt,
    actor,
    outcome: 'refused',
    targets: coordinate === null ? [] : [{ type, id: coordinate, name: null }],
    context: {
      requestId: refusal.requestId,
      traceId: refusal.traceId,
      address,
      userAgent,
      detail: { code, ...(reason === null ? {} : { reason }), count, minute, firstAt, lastAt },
    },
  }
}
