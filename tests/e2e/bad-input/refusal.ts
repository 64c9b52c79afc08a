import { expect } from 'vitest'
import type { EdgeAnswer } from '../../kit/edge.ts'

/** What no answer may tell: how the house is built inside. */
const inside = [
  /"(stack|stacktrace|serviceName|originalError|exception)"/i,
  /node_modules|\.[jt]s:\d+|\bat \S+ \(/,
  /127\.0\.0\.1|localhost|https?:\/\//,
  /\b(subgraph|identity|integrations|postgres|mikro|_entities)\b/i,
]

/** Checks that an answer is one typed error, in words for its reader, with the id by which the log knows it. */
export function expectRefusal(answer: EdgeAnswer, status: number, code: string): void {
  const { body, text, headers } = answer
  expect([answer.status, body.errors?.map(({ extensions }) => extensions.code)], text).toEqual([status, [code]])
  expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,64}$/)
  expect(inside.filter((pattern) => pattern.test(text))).toEqual([])
  for (const { message } of body.errors ?? []) expect(message).toMatch(/^[A-Z`].{5,400}$/)
}
