import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Tx } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import { type DomainError } from '#platform/errors/domain-error'
import type { IdentityCtx } from '../identity.context.ts'
import { FactorRefusedError } from './factor.errors.ts'
import { provePasskey, readAssertion } from './prove-passkey.ts'
import { spendRecoveryCode } from './recovery-codes.ts'
import { spendTotpCode } from './spend-totp-code.ts'

export interface FactorInput {
  readonly totpCode?: string | null
  readonly recoveryCode?: string | null
  readonly passkey?: unknown
}

/** One proof of a second factor. */
export type GivenFactor =
  | { readonly kind: 'totp' | 'recovery-code'; readonly code: string }
  | { readonly kind: 'passkey'; readonly assertion: AuthenticationResponseJSON }

/** The factors that an input gives. @throws InvalidInputError when there is more than one, or one of a wrong shape */
export function factorIn({ totpCode, recoveryCode, passkey }: FactorInput): GivenFactor | undefined {
  const given: GivenFactor[] = []
  if (totpCode != null) given.push({ kind: 'totp', code: totpCode })
  if (recoveryCode != null) given.push({ kind: 'recovery-code', code: recoveryCode })
  if (passkey != null) given.push({ kind: 'passkey', assertion: readAssertion(passkey) })
  if (given.length > 1) throw new InvalidInputError('Give one of totpCode, recoveryCode and passkey.')
  return given[0]
}

export type FactorProof =
  | { readonly ok: true; readonly methods: readonly string[] }
  | { readonly ok: false; readonly reason: string; readonly error: DomainError }

/**
 * Takes a proof of a user's second factor; whatever it was is spent.
 *
 * @returns the methods that it adds (RFC 8176: a recovery code counts as a one-time password)
 */
export async function proveFactor(
  ctx: IdentityCtx,
  tx: Tx,
  given: GivenFactor,
  expected: { readonly userId: string; readonly challenge: string | null; readonly verified: boolean },
): Promise<FactorProof> {
  const refused = (reason: string): FactorProof => ({ ok: false, reason, error: new FactorRefusedError(reason) })
  if (given.kind === 'passkey') {
    if (expected.challenge === null) return refused('passkey-not-asked')
    const proof = await provePasskey(ctx, tx, given.assertion, { ...expected, challenge: expected.challenge })
    return proof.ok ? proof : refused(proof.reason)
  }
  if (given.kind === 'recovery-code')
    return (await spendRecoveryCode(tx, expected.userId, given.code))
      ? { ok: true, methods: ['otp'] }
      : refused('recovery-code-wrong')
  return (await spendTotpCode(ctx, tx, expected.userId, given.code))
    ? { ok: true, methods: ['otp'] }
    : refused('totp-wrong')
}
