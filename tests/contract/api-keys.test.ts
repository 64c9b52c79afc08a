import 'reflect-metadata'
import { expect, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { newId } from '#platform/id'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { memberCaller } from '../kit/organizations.ts'

/** An API key with every scope there is, in the organization where most is to be had. */
const key = {
  ...memberCaller(systemOrganizationId, ['owner']),
  ...{ scopes, roles: [], sessionId: null, authTime: null, apiKeyId: newId() },
}
const mutations = subgraphs.flatMap(({ permissions }) => Object.entries(permissions.Mutation ?? {}))

/** What makes credentials, changes how somebody proves who they are, opens or ends their sessions, or gives rights away. */
const leadsFurther =
  /log(in|out)|session|switchOrganization|reauthenticat|password|totp|passkey|factor|recovery|mfa|invitation$|apiKey|role|serviceAccount/i
/** End one thing for good, and lead nowhere. */
const onlyEnds = ['revokeApiKey', 'revokeSession', 'revokeInvitation']

test('no API key, whatever its scopes, leads to further credentials or rights', () => {
  const further = mutations.filter(([name]) => leadsFurther.test(name) && !onlyEnds.includes(name))
  expect(further.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'login',
      'refreshSession',
      'switchOrganization',
      'createApiKey',
      'createRole',
      'assignRole',
    ]),
  )
  expect(further.filter(([, rule]) => rule.allows(key)).map(([name]) => name)).toEqual([])
})

test('a key does what its scopes are for', () => {
  const open = mutations.filter(([, rule]) => rule.allows(key)).map(([name]) => name)
  expect(open).toEqual(
    expect.arrayContaining(['createAgent', 'startRun', 'cancelRun', 'testConnection', 'revokeApiKey']),
  )
})
