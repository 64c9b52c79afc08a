import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isUnionType,
} from 'graphql'
import type { Rights } from './rights.ts'

/**
 * The schema coordinate whose rule denies a field where it is selected, by the semantics of the directives
 * `@authenticated` and `@requiresScopes`: it, the type it stands on, and the type it answers with must all be open.
 *
 * A field selected on an interface answers for objects not known yet, so all of them must be open: `possible` are those
 * that the fragments around it leave. What composition copies from the objects to their interface says nothing more; only
 * a rule of the interface's own binds beside them. To meet an interface or a union one needs none of its types: those that
 * are denied are denied field by field.
 *
 * @param parent the type that the selection set is on
 * @returns e.g. `User.email` or `Role`; undefined when the field is open
 */
export function closedAt(
  schema: GraphQLSchema,
  rights: Rights,
  parent: GraphQLCompositeType,
  possible: readonly GraphQLObjectType[],
  field: GraphQLField<unknown, unknown>,
): string | undefined {
  if (field.name.startsWith('__')) return undefined
  const closedOn = ({ name }: { readonly name: string }) =>
    [name, `${name}.${field.name}`].find((coordinate) => !rights.allow(coordinate))
  for (const type of possible) {
    const closed = closedOn(type)
    if (closed !== undefined) return closed
  }
  if (isInterfaceType(parent)) {
    const closed = closedOn(parent)
    if (closed !== undefined && schema.getPossibleTypes(parent).every((type) => closedOn(type) === undefined))
      return closed
  }
  return closedAnswer(schema, rights, field)
}

export const isDenied = (...selection: Parameters<typeof closedAt>): boolean => closedAt(...selection) !== undefined

function closedAnswer(
  schema: GraphQLSchema,
  rights: Rights,
  field: GraphQLField<unknown, unknown>,
): string | undefined {
  const type = getNamedType(field.type)
  if (isUnionType(type) || rights.allow(type.name)) return undefined
  // An interface says what its types say; only what none of them says is its own.
  const isCopied = isInterfaceType(type) && schema.getPossibleTypes(type).some((each) => !rights.allow(each.name))
  return isCopied ? undefined : type.name
}
