import {
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { z } from 'zod'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { type Added, addFactor } from './add-factor.ts'
import type { Challenge } from './challenge.entity.ts'
import { closeChallenge, findChallenge, openChallenge, takeTry } from './challenge.ts'
import { ChallengeInvalidError, FactorRefusedError, PasskeyLimitError } from './factor.errors.ts'
import { passkeyNameLengthMax, passkeysMax } from './factor.limits.ts'
import { factorsOf } from './factor.queries.ts'
import { factorOwner } from './factor-owner.ts'
import { Passkey } from './passkey.entity.ts'
import { creationOptions, passkeyAlgorithms } from './passkey-options.ts'

interface Begun {
  readonly challengeToken: string
  readonly options: PublicKeyCredentialCreationOptionsJSON
  readonly expiresAt: Date
}

/** What the browser needs to make a passkey, and the token that names this registration. */
export async function startPasskeyRegistration(
  ctx: IdentityCtx,
  { challengeToken }: { readonly challengeToken?: string | null },
): Promise<Begun> {
  const owner = await factorOwner(ctx, challengeToken)
  const { user, signIn } = owner
  const { passkeys } = await read(owner.ctx, (em) => factorsOf(em, user.id))
  if (passkeys.length >= passkeysMax) throw new PasskeyLimitError(passkeysMax)
  const options = await creationOptions(ctx, user, passkeys)
  return write(owner.ctx, 'factor.begun', async (tx) => {
    tx.target('user', user.id, user.name)
    tx.detail('factor', 'passkey')
    if (signIn !== null && challengeToken != null) {
      await tx.em.execute('update identity.challenge set passkey_challenge = ? where id = ?', [
        options.challenge,
        signIn.id,
      ])
      return { challengeToken, options, expiresAt: signIn.expiresAt }
    }
    const { token, row } = await openChallenge(owner.ctx, tx, {
      purpose: 'passkey-registration',
      userId: user.id,
      passkeyChallenge: options.challenge,
    })
    return { challengeToken: token, options, expiresAt: row.expiresAt }
  })
}

export interface FinishPasskeyRegistration {
  readonly challengeToken: string
  readonly response: unknown
  readonly name: string
  readonly endOtherSessions: boolean
}

/** Keeps the passkey that the browser made. A registration is good for one. */
export async function finishPasskeyRegistration(
  ctx: IdentityCtx,
  input: FinishPasskeyRegistration,
): Promise<Added<Passkey>> {
  const name = input.name.trim()
  if (name === '' || name.length > passkeyNameLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${passkeyNameLengthMax} printable characters.`)
  const signedIn = ctx.caller.userId !== null
  const owner = await factorOwner(ctx, signedIn ? null : input.challengeToken)
  const registration = signedIn ? await registrationOf(ctx, input.challengeToken, owner.user.id) : owner.signIn
  const challenge = registration?.passkeyChallenge
  if (registration == null || challenge == null) throw new ChallengeInvalidError('no registration was begun')
  const made = await verify(ctx, input.response, challenge)

  return addFactor(owner, input.endOtherSessions, async (tx, { passkeys }) => {
    tx.detail('factor', 'passkey')
    if (signedIn && !(await takeTry(tx, registration.id)))
      return tx.refuse('factor.refused', new ChallengeInvalidError('over, or out of tries'))
    const taken = made && (await tx.em.findOne(Passkey, { credentialId: made.credential.id }))
    if (made === undefined || taken !== null || passkeys.length >= passkeysMax)
      return tx.refuse('factor.refused', new FactorRefusedError('passkey-invalid'))
    await closeChallenge(tx, registration.id)
    const { credential, userVerified, credentialDeviceType, credentialBackedUp } = made
    const passkey = tx.em.create(Passkey, {
      id: newId(),
      userId: owner.user.id,
      name,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: (credential.transports ?? []).slice(0, 10),
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
      createdAt: new Date(),
      lastUsedAt: null,
    })
    tx.target('passkey', passkey.id, name)
    const kind = passkey.backupEligible ? 'swk' : 'hwk'
    return { added: passkey, methods: userVerified ? [kind, 'user'] : [kind] }
  })
}

async function registrationOf(ctx: IdentityCtx, token: string, userId: string): Promise<Challenge> {
  const found = await findChallenge(ctx, token, 'passkey-registration')
  if (found.userId !== userId) throw new ChallengeInvalidError('another user’s')
  return found
}

const text = z.string().max(20_000)
const attestation = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
})

/** Web Authentication Level 3, §7.1. @returns undefined for an answer that does not hold */
async function verify(ctx: IdentityCtx, given: unknown, challenge: string) {
  const { data } = attestation.safeParse(given)
  if (data === undefined) throw new InvalidInputError('This is not the answer of a new passkey.')
  const { relyingParty } = ctx.parts
  const verified = await verifyRegistrationResponse({
    response: { ...data, clientExtensionResults: {} } as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: [...relyingParty.origins],
    expectedRPID: relyingParty.id,
    requireUserVerification: false,
    supportedAlgorithmIDs: passkeyAlgorithms,
  }).catch((error: Error) => {
    ctx.log.info({ requestId: ctx.requestId, reason: error.message }, 'new passkey refused')
    return undefined
  })
  return verified?.verified === true ? verified.registrationInfo : undefined
}
