import type { SubgraphAnswer } from './subgraph-answer.ts'

/** A copy that shares nothing that could be written to. */
export const copyOf = (answer: SubgraphAnswer): SubgraphAnswer => ({
  data: copied(answer.data),
  errors: copied(answer.errors),
  cacheControl: answer.cacheControl,
})

/** Of what `JSON.parse` makes. */
function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copied) as T
  // Defines its keys, where an assignment to `__proto__` would set something else.
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)])) as T
}
