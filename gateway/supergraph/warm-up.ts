import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Logger } from '#platform/log/logger'
import type { Generation } from '../execution/generation.ts'

/** How many of them an error names. */
const namedMax = 20

/**
 * Plans the registered operations over a new supergraph, so that none of their clients waits for it. One that the supergraph in
 * force answers must not be lost by a reload: its client was promised it. Whose file was taken away was given up.
 *
 * @param inForce null at the start, when what is registered and cannot be answered is left out
 * @throws SupergraphInvalidError when an operation is lost; `next` is closed then
 */
export async function warmUp(next: Generation, inForce: Generation | null, log: Logger): Promise<void> {
  const started = performance.now()
  const leftOut = new Set(next.trusted.faults.map(({ path }) => path))
  const lost = (inForce?.trusted.documents ?? [])
    .filter(({ path }) => leftOut.has(path))
    .map(({ client, name }) => `${client}/${name}`)
  for (const { client, name, text } of next.trusted.documents) {
    try {
      await next.warm(text)
    } catch (error) {
      log.error({ err: error, client, operationName: name }, 'a registered operation cannot be planned')
      if (inForce !== null) lost.push(`${client}/${name}`)
    }
  }
  if (lost.length > 0) {
    await next.close()
    const names = lost.slice(0, namedMax).join(', ')
    throw new SupergraphInvalidError(
      `The supergraph cannot answer ${lost.length} registered operations that the one in force does: ${names}.`,
    )
  }
  const planned = next.trusted.documents.length
  if (planned > 0)
    log.info({ planned, durationMs: Math.round(performance.now() - started) }, 'registered operations planned')
}
