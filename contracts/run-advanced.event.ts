import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/** A run has a further event. Delivered again, or late, it is harmless: it wakes those who follow the run, and they ask. */
export const runAdvanced = defineEvent('run.advanced', 1, z.object({ runId: z.uuid() }))
