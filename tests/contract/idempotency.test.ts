import 'reflect-metadata'
import { getNamedType, isScalarType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { federate } from '#platform/graphql/federate'
import { authenticationTag } from '#platform/graphql/once-per-operation'
import { taggedFields } from '#platform/graphql/tagged-fields'
import { answerNotKeptTag } from '#platform/idempotency/once-by-key'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { answeredBy, placesOf } from '../kit/schema-walk.ts'

/** `tokens` counts what goes to and from models. */
const isSecret = (name: string) => /token(?!s$)|secret|code|password|challenge|^uri$|options|^key$/i.test(name)

/** Kept although a type of theirs has a field for a secret, each with the reason why it holds none. */
const withoutTheSecret: Record<string, string> = {
  'Mutation.revokeApiKey': 'answers the row, which has no text of the key; its hash is hidden',
  'Mutation.sendEvent': 'its key says which of several events it is, chosen by whoever sent it',
  'Mutation.revokeInvitation': 'answers the row, which has no token; its hash is hidden',
}

const federated = await Promise.all(
  subgraphs.map(async (subgraph) => ({ name: subgraph.name, schema: (await federate(subgraph)).schema })),
)

describe.each(federated)('the mutations of $name', ({ schema }) => {
  const authenticating = taggedFields(schema, authenticationTag)
  const notKept = taggedFields(schema, answerNotKeptTag)
  const kept = placesOf(schema).filter(
    ({ type, name }) => type.name === 'Mutation' && !authenticating.has(name) && !notKept.has(name),
  )

  test('keep no answer that has room for a token, a key or another secret', () => {
    const wrong = kept
      .filter((place) => {
        const types = answeredBy(schema, place)
        const fields = types.flatMap((type) => Object.values(type.getFields()))
        // What is a text and nothing else tells nobody what it is.
        const bareText =
          types.length === 0 &&
          isScalarType(getNamedType(place.field.type)) &&
          getNamedType(place.field.type).name !== 'Boolean'
        return bareText || fields.some((field) => isSecret(field.name))
      })
      .map(({ name }) => name)
      .filter((name) => withoutTheSecret[name] === undefined)
    expect(wrong).toEqual([])
  })

  test('are tagged for a reason: none stands in both lists', () => {
    expect([...notKept].filter((name) => authenticating.has(name) || !name.startsWith('Mutation.'))).toEqual([])
  })
})
