import { createHash, randomBytes } from 'node:crypto'

/** Crockford's: no letter that is taken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 120 bits: from 112 on a fast hash is enough (ASVS 5, 6.5.2). */
const codeBytes = 15
const groupLength = 4

/** A new code of six groups of four, such as `7K2M-…`. */
export function newRecoveryCode(): string {
  const bits = [...randomBytes(codeBytes)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = bits.match(/.{5}/g)?.map((five) => alphabet[Number.parseInt(five, 2)] ?? '') ?? []
  return letters.join('').replaceAll(new RegExp(`.{${groupLength}}(?=.)`, 'g'), '$&-')
}

/** What is kept of a user's code. Typed by hand: case, spaces, dashes and look-alike letters make no difference. */
export function recoveryCodeHash(userId: string, code: string): string {
  const typed = code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')
  const letters = typed.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return createHash('sha256').update(`recovery-code ${userId} ${letters}`).digest('hex')
}
