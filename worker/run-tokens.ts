import { z } from 'zod'
import { systemCaller } from '#platform/caller/caller'
import { DomainError } from '#platform/errors/domain-error'
import { SignedCallError, signedCall } from '#platform/http/signed-call'

const deadlineMs = 5_000
/** A token this close to its end is not used any more. */
const marginMs = 30_000

export class RunTokenError extends DomainError {
  constructor(internal: string, cause?: unknown) {
    super(
      'RUN_TOKEN_REFUSED',
      'The run got no token: its starter may have left the organization, or sign-in is down.',
      { internal, cause },
    )
  }
}

const answerShape = z.object({ accessToken: z.string(), expiresIn: z.number() })

export interface RunIdentity {
  readonly organizationId: string
  readonly runId: string
  readonly agentId: string
  readonly userId: string
  /** The scopes that the agent was granted. */
  readonly grants: readonly string[]
  readonly requestId: string
  readonly traceparent: string
}

/**
 * Tokens of one run, kept in memory only: asked of identity when needed, and again shortly before they end, so that a
 * right which the starter lost is lost to the run within the token's life.
 *
 * @returns a function that gives a token good for at least 30 s, another than the one it is told was refused; it throws RunTokenError
 */
export function runTokenSource(
  identityUrl: string,
  key: Uint8Array,
  run: RunIdentity,
): (refused?: string) => Promise<string> {
  let held: { token: string; usableUntil: number } | undefined
  return async (refused) => {
    if (held === undefined || held.usableUntil < Date.now() || held.token === refused)
      held = await askForToken(identityUrl, key, run)
    return held.token
  }
}

async function askForToken(identityUrl: string, key: Uint8Array, run: RunIdentity) {
  const { organizationId, runId, agentId, userId, grants, requestId, traceparent } = run
  try {
    const answer = answerShape.parse(
      await signedCall({
        url: new URL('/run-tokens', identityUrl),
        audience: 'run-tokens',
        key,
        caller: systemCaller(organizationId),
        body: { runId, agentId, userId, grants },
        timeoutMs: deadlineMs,
        headers: { 'x-request-id': requestId, traceparent },
      }),
    )
    return { token: answer.accessToken, usableUntil: Date.now() + answer.expiresIn * 1000 - marginMs }
  } catch (error) {
    throw new RunTokenError(error instanceof SignedCallError ? `identity ${error.message}` : 'no token', error)
  }
}
