import type { Factors } from './factor.queries.ts'
import { MfaMethod } from './mfa-method.ts'

/** What a user with these factors may prove. */
export function methodsOf({ totp, passkeys, recoveryCodes }: Factors): MfaMethod[] {
  const methods: MfaMethod[] = []
  if (totp) methods.push(MfaMethod.TOTP)
  if (passkeys.length > 0) methods.push(MfaMethod.PASSKEY)
  if (methods.length > 0 && recoveryCodes > 0) methods.push(MfaMethod.RECOVERY_CODE)
  return methods
}
