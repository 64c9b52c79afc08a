import type { z } from 'zod'
import { auditRecorded } from '#contracts/audit-recorded.event'
import type { EventDefinition } from '#contracts/define-event'
import { runQueued } from '#contracts/run-queued.event'
import type { JobQueue } from '#platform/jobs/queue'
import type { Subscriber } from '#platform/outbox/relay'
import { advanceRunJob } from '../subgraphs/agents/jobs.ts'
import { appendAuditEvent } from '../subgraphs/audit/jobs.ts'
import type { WorkerParts } from './parts.ts'

/** What happens after what: every event of the house, one entry each. */
export function eventTable(
  parts: WorkerParts,
  advanceRuns: JobQueue<typeof advanceRunJob.payload>,
): ReadonlyMap<string, readonly Subscriber[]> {
  return new Map([
    on(auditRecorded, (event) => appendAuditEvent(parts.ctxFor('audit', event), event)),
    on(runQueued, async (event) => {
      const { runId } = runQueued.data.parse(event.data)
      const hint = {
        organizationId: event.organizationId,
        runId,
        requestId: event.requestId,
        traceparent: event.traceparent,
      }
      // Only a hint: without Redis the sweep finds the run, and the events behind this one need not wait.
      await advanceRuns
        .add(hint)
        .catch((error) => parts.log.warn({ runId, err: error }, 'hint lost; the sweep will find the run'))
    }),
  ])
}

const on = (event: EventDefinition<string, z.ZodType>, ...subscribers: Subscriber[]): [string, Subscriber[]] => [
  `${event.type}@${event.version}`,
  subscribers,
]
