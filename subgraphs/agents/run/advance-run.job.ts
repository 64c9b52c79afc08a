import { z } from 'zod'
import { defineJob } from '#platform/jobs/define-job'

/** A hint that a run has work waiting: whose, in which request's name, and how many owners it had by then, if that is known. */
export const advanceRunJob = defineJob({
  name: 'advance-run',
  payload: z.object({
    organizationId: z.uuid(),
    runId: z.uuid(),
    epoch: z.int().nonnegative().optional(),
    requestId: z.string(),
    traceparent: z.string(),
  }),
  concurrency: 4,
})

export type AdvanceRun = z.infer<typeof advanceRunJob.payload>
