import type { Stage } from '../execution/operation.ts'

/** Everything an operation asks for is there within this time, or is missing from its answer. */
export const boundOperation =
  (timeoutMs: number): Stage =>
  (next) =>
  (operation, context) =>
    next(operation, { ...context, deadline: performance.now() + timeoutMs })
