import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SecretTooLongError, SecretUnreadableError } from './secret-box.errors.ts'
import { SecretBox, type SecretPlace } from './secret-box.ts'

const place: SecretPlace = ['org-1', 'con-1', 'token']
const newBox = () => new SecretBox([randomBytes(32)])

/** What the caller and the log get of a refusal. */
function refusal(act: () => unknown): { code: string; message: string; internal: string | undefined } {
  try {
    act()
  } catch (error) {
    if (error instanceof SecretUnreadableError) return error
    throw error
  }
  throw new Error('it opened')
}

describe('SecretBox', () => {
  it.each(['s3cret', '', 'pässwörd ✓ 𝒳', 'x'.repeat(64 * 1024)])('opens what it sealed (%#)', (plain) => {
    const box = newBox()
    expect(box.open(box.seal(plain, place), place)).toBe(plain)
  })

  it('is AES-256-GCM with a 96-bit nonce, a 128-bit tag and length-prefixed associated data', () => {
    const key = randomBytes(32)
    const id = createHmac('sha256', key).update('forgeops.secret-box.key-id').digest('base64url').slice(0, 11)
    const parts = ['forgeops.secret-box', 'v1', id, 'org-1', 'con-1', 'token']
    const aad = Buffer.concat(parts.map((part) => Buffer.from([0, 0, 0, part.length, ...Buffer.from(part)])))
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
    const bytes = Buffer.concat([nonce, cipher.update('by hand'), cipher.final(), cipher.getAuthTag()])
    expect(new SecretBox([key]).open(`v1.${id}.${bytes.toString('base64url')}`, place)).toBe('by hand')
  })

  it('never seals the same secret twice into the same bytes', () => {
    const box = newBox()
    const sealed = new Set(Array.from({ length: 200 }, () => box.seal('same', place)))
    expect(sealed.size).toBe(200)
  })

  it('does not show the secret in what it stores', () => {
    const sealed = newBox().seal('canary-canary', place)
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes('canary')).toBe(false)
  })

  it.each([
    { other: ['org-2', 'con-1', 'token'] },
    { other: ['org-1', 'con-2', 'token'] },
    { other: ['org-1', 'con-1', 'password'] },
    { other: ['con-1', 'org-1', 'token'] },
    { other: ['org-1con', '-1', 'token'] },
    { other: ['org-1', 'con-1to', 'ken'] },
    { other: ['org-1\u0000con-1', '', 'token'] },
    { other: ['org-1', 'con-1'] },
    { other: ['org-1', 'con-1', 'token', ''] },
  ])('does not open in another place: %j', ({ other }) => {
    const box = newBox()
    const sealed = box.seal('s3cret', place)
    expect(() => box.open(sealed, other)).toThrow(SecretUnreadableError)
  })

  it('does not open once any character of the envelope is changed, added or taken away', () => {
    const box = newBox()
    const sealed = box.seal('s3cret', place)
    for (let at = 0; at < sealed.length; at++) {
      const swapped = sealed[at] === 'A' ? 'B' : 'A'
      expect(() => box.open(sealed.slice(0, at) + swapped + sealed.slice(at + 1), place)).toThrow(SecretUnreadableError)
      expect(() => box.open(sealed.slice(0, at) + sealed.slice(at + 1), place)).toThrow(SecretUnreadableError)
    }
    for (const extra of ['A', '=', '\n', ' ', '.', '.A', '!'])
      expect(() => box.open(sealed + extra, place)).toThrow(SecretUnreadableError)
  })

  it.each(['', '.', '..', 'v1', 'v1..', 'v2.a.b', 'null', 'v1.__proto__.AAAA', 'x'.repeat(1_000)])(
    'refuses %j as it refuses a forgery',
    (sealed) => {
      expect(() => newBox().open(sealed, place)).toThrow(SecretUnreadableError)
    },
  )

  it('refuses a shortened tag', () => {
    const box = newBox()
    const [version, id, body] = box.seal('s3cret', place).split('.')
    for (const bytes of [15, 12, 8, 4, 1]) {
      const short = Buffer.from(body ?? '', 'base64url').subarray(0, 12 + 6 + bytes)
      expect(() => box.open(`${version}.${id}.${short.toString('base64url')}`, place)).toThrow(SecretUnreadableError)
    }
  })

  it('answers every cause in the same public words, without a cause attached', () => {
    const box = newBox()
    const sealed = box.seal('s3cret', place)
    const refusals = [
      refusal(() => box.open('nonsense', place)),
      refusal(() => newBox().open(sealed, place)),
      refusal(() => box.open(sealed, ['org-1', 'con-1', 'other'])),
      refusal(() => box.open(`${sealed.slice(0, -4)}AAAA`, place)),
      refusal(() => box.open(sealed.slice(0, 30), place)),
    ]
    for (const { code, message } of refusals)
      expect([code, message]).toEqual(['SECRET_UNREADABLE', 'The stored secret cannot be opened.'])
    for (const error of refusals) expect(error).not.toHaveProperty('cause')
  })

  it('opens what an older key sealed, and seals with the newest', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)]
    const sealedBefore = new SecretBox([older]).seal('from before', place)
    const rotated = new SecretBox([newer, older])
    expect(rotated.open(sealedBefore, place)).toBe('from before')
    const sealedNow = rotated.seal('from now', place)
    expect(new SecretBox([newer]).open(sealedNow, place)).toBe('from now')
    expect(refusal(() => new SecretBox([older]).open(sealedNow, place)).internal).toContain('not in the ring')
  })

  it('refuses keys of another length, overlong secrets and text that UTF-8 cannot carry', () => {
    expect(() => new SecretBox([randomBytes(16)])).toThrow(RangeError)
    expect(() => new SecretBox([randomBytes(32), randomBytes(33)])).toThrow(RangeError)
    expect(() => newBox().seal('ü'.repeat(32 * 1024 + 1), place)).toThrow(SecretTooLongError)
    expect(() => newBox().seal('\ud800', place)).toThrow(RangeError)
    expect(() => newBox().seal('x', ['\ud800'])).toThrow(RangeError)
  })

  it('keeps its keys out of JSON and inspection', async () => {
    const key = Buffer.from('k'.repeat(32))
    const box = new SecretBox([key])
    const { inspect } = await import('node:util')
    expect(JSON.stringify(box) + inspect(box, { depth: 9, showHidden: true })).not.toMatch(/6b 6b|kkkk|107/)
  })
})
