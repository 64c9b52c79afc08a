import type { Span } from './span.ts'

/** Codes of errors that are ours to mend; all others tell callers what is wrong with what they asked. */
const ours: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'SUBGRAPH_UNAVAILABLE'])

export const isOurFault = (code: string): boolean => ours.has(code)

/** Marks a span with the codes of an answer's errors, as callers get them. */
export function markErrors(span: Span, codes: readonly unknown[]): void {
  if (codes.length === 0 || !span.recording) return
  const named = [...new Set(codes.map((code) => (typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR')))]
  span.set('forgeops.error.codes', named.slice(0, 10))
  const fault = named.find(isOurFault)
  if (fault !== undefined) span.fail(fault)
  else span.refuse(named[0] ?? 'INTERNAL_SERVER_ERROR')
}
