import { z } from 'zod'
import { defineEvent } from './define-event.ts'

/** An organization's trail grew otherwise than by an `audit.recorded`. It wakes those who follow the trail, and they ask. */
export const auditAppended = defineEvent('audit.appended', 1, z.object({}))
