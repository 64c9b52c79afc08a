import type { SubgraphAnswer } from '../execution/subgraph-answer.ts'
import { type Lifetime, lifetimeOf } from './freshness.ts'

/** Null for what must not be kept. */
export const lifetimeOfAnswer = ({ data, errors, cacheControl }: SubgraphAnswer): Lifetime | null =>
  data === null || errors.length > 0 ? null : lifetimeOf(cacheControl)
