import { expect, test } from 'vitest'
import { newId } from '../id.ts'
import { isApiKeyText, newApiKeyText, readApiKeyText } from './api-key-text.ts'

const [organizationId, id] = [newId(), newId()]
const { text, prefix, secretHash } = newApiKeyText('live', organizationId, id)

test('a key tells where its row is, and the hash of its secret', () => {
  expect(readApiKeyText(text)).toEqual({ organizationId, id, secretHash })
  expect(text).toMatch(/^fo_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
  expect(text.startsWith(`${prefix}_`)).toBe(true)
})

test('every change of one letter is noticed, and so is every swap of two neighbours', () => {
  for (let at = 0; at < text.length; at += 1) {
    const typo = text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
    expect(isApiKeyText(typo), typo).toBe(false)
    const swapped = text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
    expect(swapped === text || !isApiKeyText(swapped), swapped).toBe(true)
  }
})

test.each(['', 'fo_', text.slice(0, -1), `${text}a`, ` ${text}`, `${text}\n`, text.replace('live', 'test')])(
  'is no key: %j',
  (other) => {
    expect(isApiKeyText(other)).toBe(false)
    expect(readApiKeyText(other)).toBeUndefined()
  },
)

test('no two keys share a secret, not even those of one place', () => {
  const secrets = Array.from({ length: 1_000 }, () => newApiKeyText('dev', organizationId, id).secretHash)
  expect(new Set(secrets).size).toBe(1_000)
})

test('ids of any value survive', () => {
  for (let i = 0; i < 500; i += 1) {
    const place = { organizationId: `00000000-0000-7${newId().slice(15)}`, id: `ffffffff-ffff-7${newId().slice(15)}` }
    const made = newApiKeyText('dev', place.organizationId, place.id)
    expect(readApiKeyText(made.text)).toEqual({ ...place, secretHash: made.secretHash })
  }
})
