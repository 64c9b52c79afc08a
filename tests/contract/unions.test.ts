import { type GraphQLUnionType, isUnionType } from 'graphql'
import { expect, test } from 'vitest'
import { clientSchema } from '../kit/operations.ts'

const unions = Object.values(clientSchema().getTypeMap()).filter(isUnionType) as GraphQLUnionType[]

// GraphQL §5.3.2: an operation that selects a field of two types of a union is refused where the two differ in its type.
test.each(unions)('the types of $name agree in the types of the fields that they share', (union) => {
  const typesByField = new Map<string, Set<string>>()
  for (const member of union.getTypes())
    for (const { name, type } of Object.values(member.getFields()))
      typesByField.set(name, (typesByField.get(name) ?? new Set()).add(String(type)))
  const shared = [...typesByField].filter(([, types]) => types.size > 1).map(([name, types]) => [name, ...types])
  expect(shared).toEqual([])
})
