import type { z } from 'zod'
import { auditAppended } from '#contracts/audit-appended.event'
import { auditRecorded } from '#contracts/audit-recorded.event'
import type { EventDefinition } from '#contracts/define-event'
import { eventSent } from '#contracts/event-sent.event'
import { runAdvanced } from '#contracts/run-advanced.event'
import { runQueued } from '#contracts/run-queued.event'
import type { JobQueue } from '#platform/jobs/queue'
import type { Subscriber } from '#platform/outbox/relay'
import { auditSubject } from '#platform/redis/change'
import type { ChangeWriter } from '#platform/redis/change-writer'
import { advanceRunJob, deliverEvent } from '../subgraphs/agents/jobs.ts'
import { appendAuditEvent } from '../subgraphs/audit/jobs.ts'
import type { WorkerParts } from './parts.ts'

/** What happens after what: every event of the house, one entry each. */
export function eventTable(
  parts: WorkerParts,
  advanceRuns: JobQueue<typeof advanceRunJob.payload>,
  changes: ChangeWriter,
): ReadonlyMap<string, readonly Subscriber[]> {
  return new Map([
    on(auditRecorded, async (event) => {
      await appendAuditEvent(parts.ctxFor('audit', event), event)
      const { targets } = auditRecorded.data.parse(event.data)
      const subjects = [auditSubject, ...targets.map(({ type, id }) => `${type}:${id}`)]
      changes.tell({ organizationId: event.organizationId, subjects })
    }),
    on(auditAppended, async ({ organizationId }) => changes.tell({ organizationId, subjects: [auditSubject] })),
    on(runAdvanced, async ({ organizationId, data }) => {
      changes.tell({ organizationId, subjects: [`run:${runAdvanced.data.parse(data).runId}`] })
    }),
    on(eventSent, async (event) => {
      await deliverEvent(parts.ctxFor('agents', event), eventSent.data.parse(event.data).eventId)
    }),
    on(runQueued, async (event) => {
      const { runId, epoch } = runQueued.data.parse(event.data)
      const hint = {
        organizationId: event.organizationId,
        runId,
        ...(epoch === undefined ? {} : { epoch }),
        requestId: event.requestId,
        traceparent: event.traceparent,
      }
      // Only a hint: without Redis the sweep finds the run, and the events behind this one need not wait.
      await advanceRuns
        .add(hint, event.span)
        .catch((error) => parts.log.warn({ runId, err: error }, 'hint lost; the sweep will find the run'))
    }),
  ])
}

const on = (event: EventDefinition<string, z.ZodType>, ...subscribers: Subscriber[]): [string, Subscriber[]] => [
  `${event.type}@${event.version}`,
  subscribers,
]
