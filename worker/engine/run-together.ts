import { type Frame, within } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { RunParked } from './run-stopped.ts'
import { SiblingFailed } from './step-errors.ts'

/**
 * Runs lanes at the same time. The first that fails ends the others: what they were about to do is not begun, and what they
 * wait for is not waited for.
 *
 * @returns what the lanes return, in their order
 * @throws the first failure; RunParked when all that is left of them waits
 */
export async function runTogether<T>(
  run: RunInHand,
  frame: Frame,
  lanes: readonly ((frame: Frame) => Promise<T>)[],
): Promise<T[]> {
  const siblings = new AbortController()
  const inner = within(frame, { signal: AbortSignal.any([frame.signal, siblings.signal]) })
  let failure: { readonly error: unknown } | undefined
  const settled = await run.branches.together(
    lanes.map((lane) => async () => {
      try {
        return await lane(inner)
      } catch (error) {
        if (!(error instanceof RunParked)) {
          failure ??= { error }
          siblings.abort(new SiblingFailed())
        }
        throw error
      }
    }),
  )
  if (failure !== undefined) throw failure.error
  return settled.map((lane) => {
    if (lane.status === 'rejected') throw lane.reason
    return lane.value
  })
}
