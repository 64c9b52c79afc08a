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
 * Whether a field is denied where it is selected, by the semantics of the directives `@authenticated` and
 * `@requiresScopes`: it, the type it stands on, and the type it answers with must all be open.
 *
 * A field selected on an interface answers for objects not known yet, so all of them must be open: `possible` are those
 * that the fragments around it leave. What composition copies from the objects to their interface says nothing more; only
 * a rule of the interface's own binds beside them. To meet an interface or a union one needs none of its types: those that
 * are denied are denied field by field.
 *
 * @param parent the type that the selection set is on
 */
export function isDenied(
  schema: GraphQLSchema,
  rights: Rights,
  parent: GraphQLCompositeType,
  possible: readonly GraphQLObjectType[],
  field: GraphQLField<unknown, unknown>,
): boolean {
  if (field.name.startsWith('__')) return false
  const closedOn = (type: { readonly name: string }) =>
    !rights.allow(type.name) || !rights.allow(`${type.name}.${field.name}`)
  if (possible.some(closedOn)) return true
  if (isInterfaceType(parent) && closedOn(parent) && !schema.getPossibleTypes(parent).some(closedOn)) return true
  return answersWithDenied(schema, rights, field)
}

function answersWithDenied(schema: GraphQLSchema, rights: Rights, field: GraphQLField<unknown, unknown>): boolean {
  const type = getNamedType(field.type)
  if (isUnionType(type) || rights.allow(type.name)) return false
  return !isInterfaceType(type) || schema.getPossibleTypes(type).every((each) => rights.allow(each.name))
}
