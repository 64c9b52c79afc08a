import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/** Somebody sent an event that runs may wait for. Delivered again it is harmless: a wait takes an event once. */
export const eventSent = defineEvent('event.sent', 1, z.object({ eventId: z.uuid() }))
