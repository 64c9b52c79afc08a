import { type Data, isObject, ownValue } from './own.ts'

export type ResponsePath = readonly (string | number)[]

/**
 * The objects below `from` at a plan's path (keys, and `@` for each item of a list), in order of the answer; nulls on the way
 * end there.
 */
export function targetsAt(from: readonly Data[], path: readonly string[]): Data[] {
  const found: Data[] = []
  for (const data of from) collect(data, path, 0, found)
  return found
}

function collect(value: unknown, path: readonly string[], depth: number, found: Data[]): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    // A list where the path ends, or has `@`: each of its items.
    const next = path[depth] === '@' ? depth + 1 : depth
    for (const item of value) collect(item, path, next, found)
    return
  }
  if (!isObject(value)) return
  const key = path[depth]
  if (key === undefined) found.push(value)
  else collect(ownValue(value, key), path, depth + 1, found)
}

/** Where each of those objects is in the answer, in the same order: worked out only when there is an error to place. */
export function pathsAt(root: Data, path: readonly string[]): ResponsePath[] {
  const found: ResponsePath[] = []
  trace(root, path, 0, [], found)
  return found
}

function trace(value: unknown, path: readonly string[], depth: number, at: ResponsePath, found: ResponsePath[]): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    const next = path[depth] === '@' ? depth + 1 : depth
    for (const [index, item] of value.entries()) trace(item, path, next, [...at, index], found)
    return
  }
  if (!isObject(value)) return
  const key = path[depth]
  if (key === undefined) found.push(at)
  else trace(ownValue(value, key), path, depth + 1, [...at, key], found)
}
