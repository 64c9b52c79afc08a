import type { z } from 'zod'
import { auditAppended } from '#contracts/audit-appended.event'
import { auditRecorded } from '#contracts/audit-recorded.event'
import type { EventDefinition } from '#contracts/define-event'
import { eventSent } from '#contracts/event-sent.event'
import { runAdvanced } from '#contracts/run-advanced.event'
import { runQueued } from '#contracts/run-queued.event'
import type { JobQueue } from '#platform/jobs/queue'
import type { Subscriber } from '#platform/outbox/delivery'
import type { DeliveredEvent } from '#platform/outbox/event'
import { auditSubject } from '#platform/redis/change'
import type { ChangeWriter } from '#platform/redis/change-writer'
import { advanceRunJob, deliverEvent } from '../subgraphs/agents/jobs.ts'
import { appendAuditEvents } from '../subgraphs/audit/jobs.ts'
import type { WorkerParts } from './parts.ts'

/** What happens after what: every event of the house, one entry each. */
export function eventTable(
  parts: WorkerParts,
  advanceRuns: JobQueue<typeof advanceRunJob.payload>,
  changes: ChangeWriter,
): ReadonlyMap<string, readonly Subscriber[]> {
  return new Map([
    on(auditRecorded, async (events) => {
      for (const [organizationId, own] of Map.groupBy(events, (event) => event.organizationId)) {
        const records = own.map(({ id, data }) => ({ id, record: auditRecorded.data.parse(data) }))
        await appendAuditEvents(parts.ctxFor('audit', own[0] as DeliveredEvent), organizationId, records)
        const targets = records.flatMap(({ record }) => record.targets.map(({ type, id }) => `${type}:${id}`))
        changes.tell({ organizationId, subjects: [...new Set([auditSubject, ...targets])] })
      }
    }),
    on(auditAppended, async (events) => {
      for (const { organizationId } of events) changes.tell({ organizationId, subjects: [auditSubject] })
    }),
    on(runAdvanced, async (events) => {
      for (const { organizationId, data } of events)
        changes.tell({ organizationId, subjects: [`run:${runAdvanced.data.parse(data).runId}`] })
    }),
    on(eventSent, async (events) => {
      for (const event of events)
        await deliverEvent(parts.ctxFor('agents', event), eventSent.data.parse(event.data).eventId)
    }),
    on(runQueued, async (events) => {
      await Promise.all(events.map(hint))
    }),
  ])

  // Only a hint: without Redis the sweep finds the run, and the events behind this one need not wait.
  async function hint({ organizationId, data, requestId, traceparent, span }: DeliveredEvent): Promise<void> {
    const { runId, epoch } = runQueued.data.parse(data)
    await advanceRuns
      .add({ organizationId, runId, ...(epoch === undefined ? {} : { epoch }), requestId, traceparent }, span)
      .catch((error) => parts.log.warn({ runId, err: error }, 'hint lost; the sweep will find the run'))
  }
}

const on = (event: EventDefinition<string, z.ZodType>, ...subscribers: Subscriber[]): [string, Subscriber[]] => [
  `${event.type}@${event.version}`,
  subscribers,
]
