import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until `look` returns something other than undefined or false, and returns it.
 *
 * @throws Error naming `what` after `timeoutMs`
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > deadline) throw new Error(`This did not happen within ${timeoutMs} ms: ${what}`)
    await pause(20)
  }
}
