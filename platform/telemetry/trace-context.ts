import { randomBytes } from 'node:crypto'

/** What a traceparent says: whose trace, the span that it comes from, and whether whoever sent it keeps the trace. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly sampled: boolean
}

const shape = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a traceparent; undefined when there is none or it is malformed. W3C Trace Context §3.2, §4.3 (later versions). */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const match = text === undefined ? null : shape.exec(text)
  if (match === null) return undefined
  const [, version, traceId = '', spanId = '', flags = '', rest] = match
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const traceparentOf = ({ traceId, spanId, sampled }: TraceParent): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`

/** The traceparent to hand on: the caller's trace continued by a new span, or a new trace when there is none to continue. */
export function continueTrace(incoming: string | undefined): string {
  const parent = parseTraceparent(incoming)
  return traceparentOf({
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    sampled: parent?.sampled ?? true,
  })
}

export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35)

const stateCharactersMax = 512
const stateMembersMax = 32
const stateMember =
  /^([a-z][\w*/-]{0,255}|[a-z0-9][\w*/-]{0,240}@[a-z][\w*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * The tracestate to hand on, as it came: what others keep about the trace. Undefined when it is not well formed, for then
 * it must go no further. W3C Trace Context §3.3.
 */
export function validTracestate(text: string | undefined): string | undefined {
  if (text === undefined || text.length > stateCharactersMax) return undefined
  const members = text.split(',').map((member) => member.trim())
  const named = members.filter((member) => member !== '')
  if (named.length === 0 || named.length > stateMembersMax) return undefined
  return named.every((member) => stateMember.test(member)) ? text : undefined
}
