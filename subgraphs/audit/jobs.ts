/** What the worker does for audit: what follows `audit.recorded@1`. */
export { appendAuditEvents } from './event/append-audit-event.ts'
