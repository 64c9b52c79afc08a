import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { Session } from '../session/session.entity.ts'
import { factorsOf } from './factor.queries.ts'
import { methodsOf } from './methods-of.ts'
import type { MfaMethod } from './mfa-method.ts'
import { requestOptions } from './passkey-options.ts'

export interface Reauthentication {
  readonly methods: MfaMethod[]
  readonly passkeyOptions: object | null
}

/** What `reauthenticate` takes from the caller beside the password, with what a passkey has to sign. */
export async function startReauthentication(ctx: IdentityCtx): Promise<Reauthentication> {
  const { userId, sessionId } = ctx.caller
  if (userId === null || sessionId === null) throw new UnauthenticatedError()
  const factors = await read(ctx, (em) => factorsOf(em, userId))
  const passkeyOptions = factors.passkeys.length === 0 ? null : await requestOptions(ctx, factors.passkeys)
  return write(ctx, 'session.challenged', async (tx) => {
    // What comes of it is recorded.
    tx.unchanged()
    const session = await tx.em.findOne(Session, { id: sessionId, userId, endedAt: null })
    if (session === null) throw new UnauthenticatedError()
    session.passkeyChallenge = passkeyOptions?.challenge ?? null
    return { methods: methodsOf(factors), passkeyOptions }
  })
}
