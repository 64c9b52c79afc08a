import { Secret, TOTP } from 'otpauth'

/** What every authenticator application understands (RFC 6238 §1.2 and the Key URI format). */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
const secretBytes = 20
/** Codes of the step before and the step after are taken too: clocks differ, and people type (RFC 6238 §5.2). */
const window = 1

/** A new secret of 160 bits, base32. */
export const newTotpSecret = (): string => new Secret({ size: secretBytes }).base32

/** What an authenticator application reads from a QR code. */
export const totpUri = (secret: string, account: string): string =>
  new TOTP({ ...parameters, issuer: 'ForgeOps', label: account, secret: Secret.fromBase32(secret) }).toString()

/** The code of a secret at a moment, as the application shows it. */
export const totpCodeAt = (secret: string, atMs: number): string =>
  new TOTP({ ...parameters, secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })

/** The 30-second step whose code this is, of those that count at `nowMs`; undefined when it is none of theirs. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | undefined {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const totp = new TOTP({ ...parameters, secret: Secret.fromBase32(secret) })
  const delta = totp.validate({ token, timestamp: nowMs, window })
  return delta === null ? undefined : Math.floor(nowMs / 1000 / parameters.period) + delta
}
