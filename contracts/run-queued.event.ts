import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/**
 * A run waits for a worker. Delivered again, or late, it is harmless: the run's own row says whether work is left. `epoch`
 * counts the owners that the run had by then: whoever knows of a later one need not look.
 */
export const runQueued = defineEvent(
  'run.queued',
  1,
  z.object({ runId: z.uuid(), epoch: z.int().nonnegative().optional() }),
)
