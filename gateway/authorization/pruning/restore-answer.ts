import { type GraphQLOutputType, isListType, isNonNullType } from 'graphql'
import { allHold, type Variables } from './conditions.ts'
import type { PrunedOperation } from './prune-operation.ts'
import type { Selected } from './selected.ts'

type Data = Record<string, unknown>

/** The selections of one response key of one type of objects. */
interface Group {
  readonly type: GraphQLOutputType
  denied: boolean
  changed: boolean
  readonly below: Selected[]
}

/**
 * Makes the data of a pruned operation what the whole one would have answered: denied fields are null in their places, a
 * null that may not be there takes its parent with it (GraphQL §6.4.4), and what only we asked for is gone.
 *
 * @param data what the pruned operation answered; not changed
 */
export const restoreAnswer = (data: Data, pruned: PrunedOperation, variables: Variables): Data | null =>
  new Restorer(pruned.typeKey, variables).object(data, [pruned.selected])

class Restorer {
  readonly #typeKey: string
  readonly #variables: Variables
  // Which fields an object has depends on the selections and its type alone: a list of thousands asks once.
  readonly #groups = new Map<readonly Selected[], Map<unknown, ReadonlyMap<string, Group>>>()

  constructor(typeKey: string, variables: Variables) {
    this.#typeKey = typeKey
    this.#variables = variables
  }

  object(data: Data, selected: readonly Selected[]): Data | null {
    // Without a prototype, as Apollo makes them: a client may call a field `__proto__`.
    const whole: Data = Object.create(null)
    for (const [key, group] of this.#groupsOf(selected, data[this.#typeKey])) {
      const isThere = Object.hasOwn(data, key)
      if (!isThere && !group.denied) continue
      const value = isThere ? this.#value(group.type, data[key], group) : null
      if (value === null && isNonNullType(group.type)) return null
      whole[key] = value
    }
    return whole
  }

  #value(type: GraphQLOutputType, value: unknown, group: Group): unknown {
    if (!group.changed || value === null || value === undefined) return value
    if (isNonNullType(type)) return this.#value(type.ofType, value, group)
    if (!isListType(type)) return this.object(value as Data, group.below)
    const items = (value as readonly unknown[]).map((item) => this.#value(type.ofType, item, group))
    return isNonNullType(type.ofType) && items.includes(null) ? null : items
  }

  #groupsOf(selected: readonly Selected[], type: unknown): ReadonlyMap<string, Group> {
    const byType = this.#groups.get(selected) ?? new Map<unknown, ReadonlyMap<string, Group>>()
    this.#groups.set(selected, byType)
    const known = byType.get(type)
    if (known !== undefined) return known
    const groups = new Map<string, Group>()
    for (const each of selected) this.#collect(each, type, groups)
    byType.set(type, groups)
    return groups
  }

  #collect(selected: Selected, type: unknown, groups: Map<string, Group>): void {
    for (const part of selected) {
      if (!allHold(part.when, this.#variables)) continue
      if (part.kind === 'fragment') {
        if (part.types === null || part.types.has(String(type))) this.#collect(part.below, type, groups)
        continue
      }
      const group = groups.get(part.key) ?? { type: part.type, denied: true, changed: false, below: [] }
      groups.set(part.key, group)
      // Allowed in one place, it was fetched, and is as good in the other.
      group.denied &&= part.denied
      group.changed ||= part.changed
      if (part.below !== null) group.below.push(part.below)
    }
  }
}
