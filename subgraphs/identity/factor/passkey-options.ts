import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { IdentityCtx } from '../identity.context.ts'
import type { User } from '../user/user.entity.ts'
import { challengeMinutes } from './factor.limits.ts'
import type { Passkey } from './passkey.entity.ts'

/** Whom passkeys are made for (Web Authentication Level 3, §4 "Relying Party"). */
export interface RelyingParty {
  /** The host that passkeys are bound to. */
  readonly id: string
  /** The pages that may ask for them. */
  readonly origins: readonly string[]
}

/** EdDSA, ES256 and RS256 (COSE): what every authenticator has one of. Named, for the library's own list is still an experiment. */
export const passkeyAlgorithms = [-8, -7, -257]

const timeout = challengeMinutes * 60_000

/** What `navigator.credentials.create` is given: a passkey that signs in by itself where the device can keep one. */
export const creationOptions = (
  ctx: IdentityCtx,
  user: User,
  passkeys: readonly Passkey[],
): Promise<PublicKeyCredentialCreationOptionsJSON> =>
  generateRegistrationOptions({
    rpName: 'ForgeOps',
    rpID: ctx.parts.relyingParty.id,
    userName: user.email,
    userDisplayName: user.name,
    userID: userHandle(user.id),
    timeout,
    attestationType: 'none',
    supportedAlgorithmIDs: passkeyAlgorithms,
    excludeCredentials: passkeys.map(descriptor),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })

/**
 * What `navigator.credentials.get` is given.
 *
 * @param passkeys those that will do; none means that the person chooses among those on their device, and then the device
 *   must make sure that it is they
 */
export const requestOptions = (
  ctx: IdentityCtx,
  passkeys: readonly Passkey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> =>
  generateAuthenticationOptions({
    rpID: ctx.parts.relyingParty.id,
    timeout,
    userVerification: passkeys.length === 0 ? 'required' : 'preferred',
    ...(passkeys.length === 0 ? {} : { allowCredentials: passkeys.map(descriptor) }),
  })

/** A person's id as the authenticator keeps it. */
export const userHandle = (userId: string) => new Uint8Array(Buffer.from(userId.replaceAll('-', ''), 'hex'))

const descriptor = ({ credentialId, transports }: Passkey) => ({
  id: credentialId,
  transports,
})
