import type { IdentityCtx } from '../identity.context.ts'
import { type Added, addFactor } from './add-factor.ts'
import { FactorRefusedError } from './factor.errors.ts'
import { factorOwner } from './factor-owner.ts'
import { totpPlace } from './spend-totp-code.ts'
import { Totp } from './totp.entity.ts'
import { stepOfCode } from './totp-code.ts'

export interface ConfirmTotp {
  readonly code: string
  readonly challengeToken?: string | null
  readonly endOtherSessions: boolean
}

/** Takes the secret of `enrollTotp` into use, when the code shows that the application has it. The code is spent. */
export async function confirmTotp(ctx: IdentityCtx, input: ConfirmTotp): Promise<Added<null>> {
  const owner = await factorOwner(ctx, input.challengeToken)
  return addFactor(owner, input.endOtherSessions, async (tx) => {
    tx.detail('factor', 'totp')
    const totp = await tx.em.findOne(Totp, { userId: owner.user.id })
    const pending = totp?.pendingSecret
    const step =
      pending == null
        ? undefined
        : stepOfCode(ctx.parts.box.open(pending, totpPlace(owner.user.id)), input.code, Date.now())
    if (totp === null || step === undefined) return tx.refuse('factor.refused', new FactorRefusedError('totp-wrong'))
    totp.secret = pending ?? null
    totp.pendingSecret = null
    totp.lastStep = step
    totp.confirmedAt = new Date()
    return { added: null, methods: ['otp'] }
  })
}
