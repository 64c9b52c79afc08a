import type { FetchStage } from '../execution/subgraph-fetch.ts'

/** Each try has this long, waiting for its turn included, and never longer than the operation has. */
export const boundTime =
  (timeoutMs: number): FetchStage =>
  (next) =>
  (fetch) => {
    const deadline = Math.min(performance.now() + timeoutMs, fetch.context.deadline ?? Number.POSITIVE_INFINITY)
    return next({ ...fetch, deadline })
  }
