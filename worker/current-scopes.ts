import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { systemCaller } from '#platform/caller/caller'
import { DomainError } from '#platform/errors/domain-error'
import { signedCall } from '#platform/http/signed-call'

const deadlineMs = 3_000
/** An identity that did not answer is not asked again so soon by those who can do with an older answer. */
const quietMs = 5_000
const usersMax = 10_000

/** Identity could not be asked: what somebody may do is not known. Worth another attempt. */
export class RightsUnknownError extends DomainError {
  readonly retryable = true
  constructor(cause: unknown) {
    super('RIGHTS_UNKNOWN', 'What the starter may do could not be asked.', {
      internal: 'identity did not answer',
      cause,
    })
  }
}

const answerShape = z.object({ scopes: z.array(z.string()).nullable() })

/** What a member may do in an organization; null: they are nobody there, or disabled. */
export type Scopes = readonly string[] | null

interface Known {
  readonly askedAtMs: number
  readonly scopes: Scopes
}

/** What the people may do for whom the worker acts: asked of identity, and remembered as long as each use allows. */
export class CurrentScopes {
  readonly #identityUrl: string
  readonly #key: Uint8Array
  readonly #known = new LRUCache<string, Known>({ max: usersMax })
  #failedAtMs = Number.NEGATIVE_INFINITY
  readonly #asking = new Map<string, { readonly atMs: number; readonly answer: Promise<Scopes> }>()

  constructor(identityUrl: string, key: Uint8Array) {
    this.#identityUrl = identityUrl
    this.#key = key
  }

  /**
   * @param ageMsMax how old the answer may be
   * @throws RightsUnknownError RIGHTS_UNKNOWN when identity does not answer
   */
  of(organizationId: string, userId: string, ageMsMax: number): Promise<Scopes> {
    const id = `${organizationId}:${userId}`
    const oldestMs = Date.now() - ageMsMax
    const known = this.#known.get(id)
    if (known !== undefined && known.askedAtMs >= oldestMs) return Promise.resolve(known.scopes)
    const asking = this.#asking.get(id)
    if (asking !== undefined && asking.atMs >= oldestMs) return asking.answer
    const atMs = Date.now()
    if (atMs - this.#failedAtMs < Math.min(quietMs, ageMsMax)) return Promise.reject(new RightsUnknownError(undefined))
    const question = { atMs, answer: this.#ask(organizationId, userId) }
    this.#asking.set(id, question)
    return question.answer
      .then((scopes) => {
        this.#known.set(id, { askedAtMs: atMs, scopes })
        return scopes
      })
      .finally(() => {
        if (this.#asking.get(id) === question) this.#asking.delete(id)
      })
  }

  async #ask(organizationId: string, userId: string): Promise<Scopes> {
    try {
      const answer = await signedCall({
        url: new URL('/current-scopes', this.#identityUrl),
        audience: 'current-scopes',
        key: this.#key,
        caller: systemCaller(organizationId),
        body: { userId },
        timeoutMs: deadlineMs,
      })
      return answerShape.parse(answer).scopes
    } catch (error) {
      this.#failedAtMs = Date.now()
      throw new RightsUnknownError(error)
    }
  }
}
