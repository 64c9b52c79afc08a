import type { SigningKeyCtx } from '../identity.context.ts'
import { removeEndedKeys } from './remove-ended-keys.ts'
import { rotateSigningKey } from './rotate-signing-key.ts'
import { SigningKeyTooNewError } from './signing-key.errors.ts'

const dayMs = 86_400_000
const checkMs = 60_000

/** Rotates when the active key signs for `days` days, and removes keys that have ended. Safe to run on every node. */
export async function keepSchedule(ctx: SigningKeyCtx, days: number, now = new Date()): Promise<void> {
  try {
    const rotation = await rotateSigningKey(ctx, { now, activeMs: days * dayMs })
    if (rotation !== null) ctx.log.info({ ...rotation }, 'the signing key was rotated')
  } catch (error) {
    // The next minute sees to it.
    if (!(error instanceof SigningKeyTooNewError)) throw error
  }
  await removeEndedKeys(ctx, now)
}

/** Keeps the schedule every minute until it is closed, beginning now. */
export function startRotation(newCtx: () => SigningKeyCtx, days: number): { close(): Promise<void> } {
  let running: Promise<void> | undefined
  const check = () => {
    const ctx = newCtx()
    running ??= keepSchedule(ctx, days)
      .catch((error) => ctx.log.warn({ err: error }, 'the rotation schedule could not be kept; will try again'))
      .finally(() => {
        running = undefined
      })
  }
  check()
  const timer = setInterval(check, checkMs).unref()
  return {
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
