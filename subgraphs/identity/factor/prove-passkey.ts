import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server'
import { z } from 'zod'
import type { Tx } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { Passkey } from './passkey.entity.ts'
import { userHandle } from './passkey-options.ts'

const base64url = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .regex(/^[\w-]+$/)
const assertion = z.object({
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url(4000),
    authenticatorData: base64url(4000),
    signature: base64url(4000),
    userHandle: base64url(100).nullish(),
  }),
})

/** What `PublicKeyCredential.toJSON()` of a sign-in gives. @throws InvalidInputError for anything of another shape */
export function readAssertion(given: unknown): AuthenticationResponseJSON {
  const { data } = assertion.safeParse(given)
  if (data === undefined) throw new InvalidInputError('This is not the answer of a passkey.')
  const { userHandle: handle, ...response } = data.response
  return {
    ...data,
    response: { ...response, ...(handle == null ? {} : { userHandle: handle }) },
    clientExtensionResults: {},
  }
}

export type PasskeyProof =
  | { readonly ok: true; readonly methods: readonly string[] }
  | { readonly ok: false; readonly reason: string }

/**
 * Checks a passkey's signature (Web Authentication Level 3, §7.2) and remembers its counter, in one conditional
 * statement: a counter that has not grown speaks of a copy of the key, or of an answer sent twice.
 *
 * @param expected what had to be signed, by whom, and whether the device must have made sure that it is they
 */
export async function provePasskey(
  ctx: IdentityCtx,
  tx: Tx,
  given: AuthenticationResponseJSON,
  expected: { readonly challenge: string; readonly userId: string; readonly verified: boolean },
): Promise<PasskeyProof> {
  const passkey = await tx.em.findOne(Passkey, { credentialId: given.id, userId: expected.userId })
  if (passkey === null) return { ok: false, reason: 'passkey-unknown' }
  const handle = Buffer.from(userHandle(passkey.userId)).toString('base64url')
  if ((given.response.userHandle ?? handle) !== handle) return { ok: false, reason: 'passkey-of-another' }
  const { relyingParty } = ctx.parts
  const verified = await verifyAuthenticationResponse({
    response: given,
    expectedChallenge: expected.challenge,
    expectedOrigin: [...relyingParty.origins],
    expectedRPID: relyingParty.id,
    requireUserVerification: expected.verified,
    // The counter is compared below, where it is stored.
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: 0,
    },
  }).catch((error: Error) => {
    ctx.log.info({ requestId: ctx.requestId, userId: passkey.userId, reason: error.message }, 'passkey refused')
    return undefined
  })
  if (verified?.verified !== true) return { ok: false, reason: 'passkey-invalid' }
  const { newCounter, credentialBackedUp, credentialDeviceType, userVerified } = verified.authenticationInfo
  const counted = await tx.em.execute<object[]>(
    `update identity.passkey set counter = ?, backed_up = ?, last_used_at = ?
     where id = ? and (counter < ? or (counter = 0 and ? = 0)) returning id`,
    [newCounter, credentialBackedUp, new Date(), passkey.id, newCounter, newCounter],
  )
  if (counted.length !== 1) return { ok: false, reason: 'passkey-counter' }
  return {
    ok: true,
    methods: [credentialDeviceType === 'singleDevice' ? 'hwk' : 'swk', ...(userVerified ? ['user'] : [])],
  }
}
