import { expect, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { scopesOf } from '../../subgraphs/identity/role/system-roles.ts'

test('the scopes that an agent can be granted are those that roles are made of', () => {
  expect(scopesOf(['owner'], systemOrganizationId).toSorted()).toEqual(scopes.toSorted())
})
