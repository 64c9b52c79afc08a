import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import type { Check } from '../execution/operation.ts'
import type { RevocationList } from './revocation-list.ts'

/**
 * While the revocation list cannot be read, a right that was taken away would go on unnoticed until its token ends. So
 * nothing is changed on the strength of such a token; queries go on, else one dead subgraph would silence all.
 */
export const confirmRights =
  (revocations: Pick<RevocationList, 'isStale' | 'refresh'>): Check =>
  async ({ kind }, { caller }) => {
    if (kind === 'query' || caller.kind === 'anonymous' || !revocations.isStale) return
    // The issuer may have come back since: then nobody need try again.
    await revocations.refresh()
    if (revocations.isStale)
      throw new SubgraphUnavailableError(
        'Your rights cannot be confirmed right now, so nothing is changed. Try again in a moment.',
        { details: { retryAfterSeconds: 5 } },
      )
  }
