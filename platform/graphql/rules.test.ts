import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { andRow, either, fresh, hasScope, notByKey, orRow, type Rule, signedIn } from './rules.ts'

const [reader, inspector] = [hasScope('book:read'), hasScope('book:inspect')]
const own = (book: unknown, caller: Caller) => (book as { owner: string | null }).owner === caller.userId
const draft = (book: unknown) => (book as { state: string }).state === 'DRAFT'

const user = (...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId: newId(),
  organizationId: newId(),
  scopes,
})
const passes = (rule: Rule, row: unknown, caller: Caller): boolean => {
  const test = rule.row?.(caller)
  return rule.allows(caller) || (test ? test(row) : false)
}

describe('what is necessary for a rule', () => {
  test.each<[string, Rule, unknown]>([
    ['a row besides a right: the right', andRow(reader, 'a draft', draft), { kind: 'scopes', anyOf: ['book:read'] }],
    ['a row instead of a right: to be signed in', orRow(reader, 'own', own), { kind: 'authenticated' }],
    [
      'one of two rights: one of them',
      either(reader, inspector),
      { kind: 'scopes', anyOf: ['book:read', 'book:inspect'] },
    ],
    [
      'a right, or another with a row: one of them',
      either(inspector, andRow(reader, 'a draft', draft)),
      { kind: 'scopes', anyOf: ['book:inspect', 'book:read'] },
    ],
    ['a right or the sign-in: the sign-in', either(reader, signedIn), { kind: 'authenticated' }],
  ])('is, of %s', (_words, rule, necessary) => {
    expect(rule.necessary).toEqual(necessary)
  })
})

describe('a rule about rows', () => {
  const ann = user('book:read')
  const nobody = user()

  test('that is a right and a row needs both', () => {
    const rule = andRow(reader, 'a draft', draft)
    expect([passes(rule, { state: 'DRAFT' }, ann), passes(rule, { state: 'SOLD' }, ann)]).toEqual([true, false])
    expect(rule.row?.(nobody)).toBe(false)
  })

  test('that is a right or a row needs one', () => {
    const rule = orRow(reader, 'own', own)
    expect(passes(rule, { owner: newId() }, ann)).toBe(true)
    expect([passes(rule, { owner: nobody.userId }, nobody), passes(rule, { owner: ann.userId }, nobody)]).toEqual([
      true,
      false,
    ])
  })

  test('may be narrowed again, and is then no wider for anybody', () => {
    const rule = andRow(orRow(reader, 'own', own), 'a draft', draft)
    const book = (owner: string | null, state: string) => ({ owner, state })
    expect([passes(rule, book(null, 'DRAFT'), ann), passes(rule, book(null, 'SOLD'), ann)]).toEqual([true, false])
    expect(passes(rule, book(nobody.userId, 'DRAFT'), nobody)).toBe(true)
    expect(passes(rule, book(nobody.userId, 'SOLD'), nobody)).toBe(false)
    expect(passes(rule, book(ann.userId, 'DRAFT'), nobody)).toBe(false)
  })

  test('that is no key’s to pass is passed by none by a row either', () => {
    const rule = notByKey(orRow(reader, 'own', own))
    const by = (apiKeyId: string | null) => passes(rule, { owner: nobody.userId }, { ...nobody, apiKeyId })
    expect([by(null), by(newId())]).toEqual([true, false])
  })

  test('asks for a fresh sign-in of whoever a row lets in, too', () => {
    const rule = fresh(orRow(reader, 'own', own))
    const now = Math.floor(Date.now() / 1000)
    const at = (authTime: number | null) => passes(rule, { owner: nobody.userId }, { ...nobody, authTime })
    expect([at(now), at(now - 3_600), at(null)]).toEqual([true, false, false])
  })
})

test('whoever is in no organization, or is nobody, passes no rule: what they carry does not count', () => {
  const full = user('book:read', 'book:inspect')
  const lacking: Caller[] = [
    { ...full, organizationId: '' },
    { ...full, organizationId: undefined as never },
    { ...full, userId: null },
    { ...full, userId: '' },
    { ...full, kind: 'anonymous' },
    { ...systemCaller(full.organizationId), scopes: full.scopes },
  ]
  const rules = [
    ...[signedIn, reader, either(reader, inspector), fresh(reader)],
    ...[
      orRow(reader, 'own', own),
      andRow(reader, 'a draft', draft),
      either(inspector, andRow(reader, 'a draft', draft)),
    ],
  ]
  // A row that belongs to nobody is not theirs.
  for (const caller of lacking)
    for (const rule of rules)
      expect(passes(rule, { owner: caller.userId, state: 'DRAFT' }, caller), rule.name).toBe(false)
  expect(rules.every((rule) => passes(rule, { owner: full.userId, state: 'DRAFT' }, { ...full, authTime: 9e9 }))).toBe(
    true,
  )
})
