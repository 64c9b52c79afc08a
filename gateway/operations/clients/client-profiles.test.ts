import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { randomFrom } from '../../../tests/kit/random-operations.ts'
import { defaultLimits, type LimitName } from '../limits/operation-limits.ts'
import { documentsModes, introspectionRights, noLaxerThan } from './client-profile.ts'
import { ClientProfiles } from './client-profiles.ts'
import { ClientRefusedError } from './clients.errors.ts'
import { profileFile } from './profile-file.ts'

const folder = (name: string, profile: object) => ({
  name,
  profile: profileFile.parse({ description: name, ...profile }),
})
const profilesOf = (...folders: ReturnType<typeof folder>[]) =>
  new ClientProfiles(folders, 'https://api.example.com/api')

const nobody = anonymousCaller('192.0.2.1')
const person: Caller = {
  ...nobody,
  kind: 'user',
  userId: 'u1',
  organizationId: 'o1',
  sessionId: 's1',
  scopes: ['agent:read'],
  roles: ['viewer'],
}
const key: Caller = { ...person, sessionId: null, apiKeyId: 'k1', roles: [] }
const run: Caller = { ...person, sessionId: null, runId: 'r1', agentId: 'a1' }
const page = 'https://console.example.com'
const asked = (clientId?: string, origin?: string) => ({ clientId, origin })

describe('the client of a request', () => {
  test('is the default one where there are no profiles, whoever asks', () => {
    const profiles = profilesOf()
    for (const caller of [nobody, person, key]) expect(profiles.of(caller, asked(undefined, page)).name).toBe('default')
  })

  test.each([
    ['a session', { session: true }, [person]],
    ['any API key', { apiKey: true }, [key]],
    ['one API key', { apiKey: ['k1'] }, [key]],
    ['another API key', { apiKey: ['k2'] }, []],
    ['an agent’s run', { agentRun: true }, [run]],
    ['a user', { user: ['u1'] }, [person, key, run]],
    ['an organization', { organization: ['o1'] }, [person, key, run]],
    ['another organization', { organization: ['o2'] }, []],
    ['a scope', { scopes: ['agent:read'] }, [person, key, run]],
    ['scopes of which one is not held', { scopes: ['agent:read', 'agent:write'] }, []],
    ['a role', { roles: ['owner', 'viewer'] }, [person, run]],
    ['several conditions', { apiKey: true, roles: ['viewer'] }, []],
  ])('is found by what was verified: %s', (_what, binding, expected) => {
    const profiles = profilesOf(folder('bound', { bindings: [binding] }))
    const found = [nobody, person, key, run].filter((caller) => profiles.of(caller, asked()).name === 'bound')
    expect(found).toEqual(expected)
  })

  test('is found by the application that the token was issued to', () => {
    const profiles = profilesOf(folder('bound', { bindings: [{ clientId: ['web'] }] }))
    const names = [person, { ...person, clientId: 'web' }, { ...person, clientId: 'other' }].map(
      (caller) => profiles.of(caller, asked()).name,
    )
    expect(names).toEqual(['default', 'bound', 'default'])
  })

  test('an organization that anonymous callers are counted under does not make clients of them', () => {
    const profiles = profilesOf(folder('bound', { bindings: [{ organization: [nobody.organizationId] }] }))
    expect(profiles.of(nobody, asked()).name).toBe('default')
  })

  test('is found by origin where its profile allows that, the gateway’s own as self', () => {
    const profiles = profilesOf(
      folder('console', { bindings: [{ origin: true }], origins: [page] }),
      folder('playground', { bindings: [{ origin: true }], origins: ['self'] }),
    )
    const names = [page, 'https://api.example.com', 'https://evil.example.com', 'null', undefined].map(
      (origin) => profiles.of(nobody, asked(undefined, origin)).name,
    )
    expect(names).toEqual(['console', 'playground', 'default', 'default', 'default'])
  })

  test('is chosen by X-Client-Id among those whose binding is satisfied, and no other', () => {
    const profiles = profilesOf(
      folder('cli', { bindings: [{ apiKey: true }] }),
      folder('import', { bindings: [{ apiKey: ['k1'] }] }),
    )
    expect(profiles.of(key, asked('import')).name).toBe('import')
    expect(profiles.of(key, asked('cli')).name).toBe('cli')
    for (const [caller, name] of [
      [nobody, 'cli'],
      [person, 'cli'],
      [{ ...key, apiKeyId: 'k2' }, 'import'],
      [key, 'nobody'],
      [key, 'default'],
      [key, ''],
      [key, '__proto__'],
    ] as const)
      expect(() => profiles.of(caller, asked(name))).toThrow(ClientRefusedError)
  })

  test('is the one that the request proves to be of before one that only its origin speaks for', () => {
    const profiles = profilesOf(
      folder('cli', { bindings: [{ apiKey: true }] }),
      folder('console', { bindings: [{ origin: true }, { session: true, origin: true }], origins: [page] }),
    )
    expect([key, person, nobody].map((caller) => profiles.of(caller, asked(undefined, page)).name)).toEqual([
      'cli',
      'console',
      'console',
    ])
  })

  test('is the default one while several are satisfied and none is asked for, within what all of them enforce', () => {
    const two = (one: string, other: string) =>
      profilesOf(
        folder('one', { bindings: [{ apiKey: true }], documents: one }),
        folder('other', { bindings: [{ apiKey: ['k1'] }], documents: other }),
      ).of(key, asked())
    expect(two('enforce', 'enforce')).toMatchObject({ name: 'default', documents: 'enforce' })
    expect(two('enforce', 'off')).toMatchObject({ name: 'default', documents: 'off' })
  })
})

describe('a profile', () => {
  test('says what differs from the default one, which a file may change too', () => {
    const profiles = profilesOf(
      folder('default', { limits: { depth: 10 }, requestsPerMinute: 60, documents: 'audit' }),
      folder('cli', {
        bindings: [{ apiKey: true }],
        limits: { aliases: 3 },
        costPerMinute: 5_000,
        introspection: 'nobody',
      }),
    )
    expect(profiles.of(nobody, asked())).toEqual({
      name: 'default',
      documents: 'audit',
      limits: { ...defaultLimits, depth: 10 },
      requestsPerMinute: 60,
      costPerMinute: null,
      introspection: 'signedIn',
    })
    expect(profiles.of(key, asked())).toEqual({
      name: 'cli',
      documents: 'audit',
      limits: { ...defaultLimits, depth: 10, aliases: 3 },
      requestsPerMinute: 60,
      costPerMinute: 5_000,
      introspection: 'nobody',
    })
  })

  test('counts in full for who proved to be the client, and within the default one for who only says where it comes from', () => {
    const profiles = profilesOf(
      folder('console', {
        bindings: [{ origin: true }, { session: true, origin: true }],
        origins: [page],
        limits: { depth: 90, aliases: 5 },
        introspection: 'everyone',
      }),
    )
    expect(profiles.of(person, asked(undefined, page))).toMatchObject({
      limits: { depth: 90, aliases: 5 },
      introspection: 'everyone',
    })
    expect(profiles.of(nobody, asked(undefined, page))).toMatchObject({
      name: 'console',
      limits: { depth: defaultLimits.depth, aliases: 5 },
      introspection: 'signedIn',
    })
    expect(profiles.of(person, asked()).name).toBe('default')
  })

  test('of whoever has proven nothing is in no number and no right laxer than the default one', () => {
    const random = randomFrom(7)
    const maybe = <T>(value: () => T) => (random() < 0.5 ? value() : undefined)
    const number = () => 1 + Math.floor(random() * 20_000)
    const oneOf = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
    const some = (parts: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
    const randomParts = () =>
      some({
        documents: maybe(() => oneOf(documentsModes)),
        limits: some(Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, maybe(number)]))),
        costPerMinute: maybe(number),
        requestsPerMinute: maybe(number),
        introspection: maybe(() => oneOf(introspectionRights)),
      })
    for (let round = 0; round < 500; round += 1) {
      const bindings = [{ origin: true }, ...(random() < 0.5 ? [{ session: true }] : [])]
      const profiles = profilesOf(
        ...(random() < 0.5 ? [folder('default', randomParts())] : []),
        folder('public', { bindings, origins: [page], ...randomParts() }),
      )
      const anonymous = profiles.default
      const forged = profiles.of(
        nobody,
        asked(
          maybe(() => 'public'),
          page,
        ),
      )
      expect(forged.name).toBe('public')
      for (const name of Object.keys(defaultLimits) as LimitName[])
        expect(forged.limits[name]).toBeLessThanOrEqual(anonymous.limits[name])
      for (const name of ['costPerMinute', 'requestsPerMinute'] as const)
        expect(forged[name] ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
          anonymous[name] ?? Number.POSITIVE_INFINITY,
        )
      expect(documentsModes.indexOf(forged.documents)).toBeGreaterThanOrEqual(
        documentsModes.indexOf(anonymous.documents),
      )
      expect(introspectionRights.indexOf(forged.introspection)).toBeLessThanOrEqual(
        introspectionRights.indexOf(anonymous.introspection),
      )
      expect(noLaxerThan(anonymous, forged)).toEqual(forged)
    }
  })
})
