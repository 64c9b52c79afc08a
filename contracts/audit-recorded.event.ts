import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/** Bounded, so that whoever keeps the record can index it: a fault is found where it is told, not where it is kept. */
const id = z.string().max(400)

export const auditActor = z.object({
  type: z.enum(['user', 'agent', 'api-key', 'system', 'anonymous']),
  /** The user's, agent's or key's id; null for the system and for those who did not say who they are. */
  id: id.nullable(),
  /** When an agent or a key acts: whose rights it used. */
  onBehalfOf: id.nullable(),
})

export const auditTarget = z.object({ type: z.string(), id, name: z.string().nullable() })

/** Who did what to which, committed together with the doing. */
export const auditRecorded = defineEvent(
  'audit.recorded',
  1,
  z.object({
    action: z
      .string()
      .regex(/^[a-z-]+\.[a-z-]+$/)
      .max(100),
    occurredAt: z.iso.datetime(),
    actor: auditActor,
    outcome: z.enum(['succeeded', 'refused']),
    targets: z.array(auditTarget).max(20),
    context: z.object({
      requestId: z.string(),
      traceId: z.string(),
      address: z.string().nullable(),
      userAgent: z.string().max(200).nullable().default(null),
      detail: z.record(z.string(), z.json()),
    }),
  }),
)

export type AuditRecord = z.infer<typeof auditRecorded.data>
