import 'reflect-metadata'
import { Directive, Field, ID, ObjectType, Query, Resolver } from 'type-graphql'
import { describe, expect, test } from 'vitest'
import { federate } from './federate.ts'
import { fresh, hasScope, notByKey, orRow, signedIn } from './rules.ts'

@ObjectType()
class Plain {
  @Field(() => String)
  text!: string
}

@Directive('@key(fields: "id")')
@ObjectType()
class Thing {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  own!: string
}

@Resolver()
class Things {
  @Query(() => Plain, { nullable: true })
  plain(): Plain | null {
    return null
  }
  @Query(() => Thing, { nullable: true })
  thing(): Thing | null {
    return null
  }
}

const sdlWith = async (thing: NonNullable<Parameters<typeof federate>[0]['permissions'][string]>) => {
  const permissions = { Query: { plain: signedIn, thing: signedIn }, Plain: { '*': hasScope('a:read') }, Thing: thing }
  return (await federate({ resolvers: [Things], references: { Thing: () => null }, permissions })).sdl
}

describe('in the schema of a subgraph', () => {
  test('one rule for a whole type stands at the type', async () => {
    expect(await sdlWith({ '*': signedIn })).toContain(
      'type Plain @requiresScopes(scopes: [["a:read"]]) @access(rule: "hasScope(a:read)") {\n  text: String!\n',
    )
  })

  test('the rules of an entity stand at its fields: at the type they would bind what other subgraphs add to it', async () => {
    const sdl = await sdlWith({ '*': hasScope('b:read') })
    expect(sdl).toMatch(/type Thing @key\(fields: "id"\) \{/)
    for (const field of ['id: ID!', 'own: String!'])
      expect(sdl).toContain(`${field} @requiresScopes(scopes: [["b:read"]])`)
  })

  test('of a rule that a row may pass, only the sign-in is necessary; what passes whatever the row stands beside it', async () => {
    const sdl = await sdlWith({ id: signedIn, own: orRow(hasScope('b:read'), 'own', () => true) })
    expect(sdl).toContain(
      'own: String! @authenticated @access(rule: "hasScope(b:read) or own", scopes: ["b:read"], row: true)',
    )
  })

  test('a rule that only a row can pass says that no scope does', async () => {
    const ownAlone = { ...orRow(signedIn, 'own', () => true), name: 'own', sufficient: null, allows: () => false }
    expect(await sdlWith({ id: signedIn, own: ownAlone })).toContain('@access(rule: "own", scopes: [], row: true)')
  })

  test('a rule that asks for a fresh proof says so', async () => {
    expect(await sdlWith({ id: signedIn, own: fresh(hasScope('b:read')) })).toContain(
      '@access(rule: "hasScope(b:read), proven within 5 minutes", stepUp: true)',
    )
  })

  test('a rule that no API key passes says so', async () => {
    expect(await sdlWith({ id: signedIn, own: notByKey(signedIn) })).toContain(
      '@access(rule: "signedIn, not by API key", noKey: true)',
    )
  })

  test('a field that no rule names has none', async () => {
    expect(await sdlWith({ id: signedIn })).toContain('own: String!\n')
  })
})
