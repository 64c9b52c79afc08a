import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql'
import type { Caller } from '#platform/caller/caller'

/** A field where it stands. */
export interface Place {
  readonly type: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
  /** `Type.field` */
  readonly name: string
}

/** Fields of the Federation protocol, which the gateway alone asks for. */
const ofFederation = ['Query._entities', 'Query._service', '_Service.sdl']

/** Every field of a subgraph's object types that is its own. */
export function placesOf(schema: GraphQLSchema): Place[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  return (types as GraphQLObjectType[])
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({ type, field, name: `${type.name}.${field.name}` })),
    )
    .filter((place) => !ofFederation.includes(place.name))
}

export const roots = ['Query', 'Mutation', 'Subscription']
export const isRoot = (place: Place) => roots.includes(place.type.name)

/** The object types that a field may answer with. */
export function answeredBy(schema: GraphQLSchema, place: Place): readonly GraphQLObjectType[] {
  const type = getNamedType(place.field.type)
  if (isAbstractType(type)) return schema.getPossibleTypes(type)
  return isObjectType(type) ? [type] : []
}

/** The fields through which a type is reached; a list's own types are passed through. */
export function entriesOf(schema: GraphQLSchema, type: GraphQLObjectType): readonly Place[] {
  const entries = placesOf(schema).filter((place) => answeredBy(schema, place).includes(type))
  return entries.flatMap((entry) => (isOfList(entry.type) ? entriesOf(schema, entry.type) : [entry]))
}

const isOfList = (type: GraphQLObjectType) => /(Edge|Connection)$/.test(type.name) && type.getFields().id === undefined

/**
 * Asks a field's resolver alone, as `caller`; of a subscription its source too, and what either answers.
 *
 * @returns the code of its refusal, or `ANSWERED`
 */
export async function askField(place: Place, caller: Caller): Promise<string> {
  const { resolve = defaultFieldResolver, subscribe = resolve } = place.field
  const [answer, source] = await Promise.all([
    askResolver(place, resolve, caller),
    askResolver(place, subscribe, caller),
  ])
  return answer === source ? answer : `${answer}, and its source ${source}`
}

async function askResolver(
  { type, field }: Place,
  resolve: GraphQLFieldResolver<unknown, unknown>,
  caller: Caller,
): Promise<string> {
  try {
    const info = { fieldName: field.name, parentType: type }
    const answer = await resolve({}, {}, { caller }, info as never)
    // Shield answers with the error; graphql-js takes an error returned as one thrown.
    return answer instanceof Error ? codeOf(answer) : 'ANSWERED'
  } catch (error) {
    return codeOf(error)
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? 'NO CODE'
