import { GraphQLError, type GraphQLObjectType, type GraphQLOutputType, isListType, isNonNullType } from 'graphql'
import { type Data, isObject, ownValue, setOwn } from '../plan/own.ts'
import type { FieldShape, ObjectShape } from './answer-shape.ts'

/** How many fields that must not be null one answer names. */
const nullsMax = 100

export interface Completed {
  readonly data: Data | null
  /** Where a subgraph left null what must not be, or answered what the schema does not allow. */
  readonly errors: readonly GraphQLError[]
}

/**
 * Makes a client's answer of what subgraphs said: the fields that were asked for in their order and nothing else, every value
 * of its type, and a null that may not be there taking its parent with it (GraphQL §6.4.3, §6.4.4).
 */
export function completeAnswer(merged: Data, root: GraphQLObjectType, shape: ObjectShape): Completed {
  const completion = new Completion()
  return { data: completion.object(merged, root, shape), errors: completion.errors }
}

class Completion {
  readonly errors: GraphQLError[] = []
  readonly #path: (string | number)[] = []

  object(merged: Data, type: GraphQLObjectType, shape: ObjectShape): Data | null {
    const data: Data = {}
    for (const field of shape.fieldsOf(type)) {
      if (field.type === null) {
        setOwn(data, field.key, type.name)
        continue
      }
      this.#path.push(field.key)
      const value = this.#value(field.type, ownValue(merged, field.from), field)
      this.#path.pop()
      if (value === null && isNonNullType(field.type)) return null
      setOwn(data, field.key, value)
    }
    return data
  }

  #value(type: GraphQLOutputType, value: unknown, field: FieldShape): unknown {
    if (isNonNullType(type)) {
      const before = this.errors.length
      const inner = this.#value(type.ofType, value, field)
      if (inner === null && this.errors.length === before) this.#fault(`Cannot return null for ${field.coordinate}.`)
      return inner
    }
    if (value === null || value === undefined) return null
    if (isListType(type)) return this.#list(type.ofType, value, field)
    const { isValid, below } = field
    if (isValid !== null) return isValid(value) ? value : this.#fault(`Not a value of ${field.coordinate}.`)
    if (!isObject(value) || below === null) return this.#fault(`Not an object of ${field.coordinate}.`)
    const objectType = below.typeOf(value.__typename)
    return objectType === null
      ? this.#fault(`Not a type of ${field.coordinate}.`)
      : this.object(value, objectType, below)
  }

  #list(itemType: GraphQLOutputType, value: unknown, field: FieldShape): unknown {
    if (!Array.isArray(value)) return this.#fault(`Not a list of ${field.coordinate}.`)
    const items = new Array<unknown>(value.length)
    const nonNull = isNonNullType(itemType)
    for (let i = 0; i < value.length; i += 1) {
      this.#path.push(i)
      items[i] = this.#value(itemType, value[i], field)
      this.#path.pop()
      if (nonNull && items[i] === null) return null
    }
    return items
  }

  #fault(message: string): null {
    if (this.errors.length < nullsMax)
      this.errors.push(
        new GraphQLError(message, { path: [...this.#path], extensions: { code: 'INTERNAL_SERVER_ERROR' } }),
      )
    return null
  }
}
