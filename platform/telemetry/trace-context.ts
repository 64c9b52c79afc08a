import { randomBytes } from 'node:crypto'

const shape = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/**
 * The traceparent to hand on: the caller's trace continued by a new span, or a new trace when none or a malformed one
 * was given. W3C Trace Context, level 1 §3.2.
 */
export function continueTrace(incoming: string | undefined): string {
  const match = incoming === undefined ? null : shape.exec(incoming)
  return `00-${match?.[1] ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${match?.[2] ?? '01'}`
}

export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35)
