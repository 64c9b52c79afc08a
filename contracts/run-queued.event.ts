import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/** A run waits for a worker. Delivered again, or late, it is harmless: the run's own row says whether work is left. */
export const runQueued = defineEvent('run.queued', 1, z.object({ runId: z.uuid() }))
