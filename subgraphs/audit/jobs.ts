/** What the worker does for audit: the subscriber of `audit.recorded@1`. */
export { appendAuditEvent } from './event/append-audit-event.ts'
