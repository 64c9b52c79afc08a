import { z } from 'zod'
import { defineEvent } from './define-event.ts'

export const auditActor = z.object({
  type: z.enum(['user', 'agent', 'system', 'anonymous']),
  /** The user's or agent's id; null for the system and for those who did not say who they are. */
  id: z.string().nullable(),
  /** When an agent acts: whose rights it used. */
  onBehalfOf: z.string().nullable(),
})

export const auditTarget = z.object({ type: z.string(), id: z.string(), name: z.string().nullable() })

/** Who did what to which, committed together with the doing. */
export const auditRecorded = defineEvent(
  'audit.recorded',
  1,
  z.object({
    action: z.string().regex(/^[a-z-]+\.[a-z-]+$/),
    occurredAt: z.iso.datetime(),
    actor: auditActor,
    outcome: z.enum(['succeeded', 'refused']),
    targets: z.array(auditTarget).max(20),
    context: z.object({
      requestId: z.string(),
      traceId: z.string(),
      address: z.string().nullable(),
      detail: z.record(z.string(), z.json()),
    }),
  }),
)

export type AuditRecord = z.infer<typeof auditRecorded.data>
