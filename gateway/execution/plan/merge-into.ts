import { type Data, isObject, ownValue, setOwn } from './own.ts'

/** Merges what one subgraph knows of an object into what others said of it; lists of one length item by item. */
export function mergeInto(target: Data, source: Data): void {
  for (const key of Object.keys(source)) {
    const value = source[key]
    const known = ownValue(target, key)
    if (isObject(known) && isObject(value)) {
      if (known !== value) mergeInto(known, value)
    } else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
      if (known !== value) mergeLists(known, value)
    } else setOwn(target, key, value)
  }
}

function mergeLists(known: unknown[], list: readonly unknown[]): void {
  for (let i = 0; i < list.length; i += 1) {
    const [mine, theirs] = [known[i], list[i]]
    if (isObject(mine) && isObject(theirs)) mergeInto(mine, theirs)
    else if (Array.isArray(mine) && Array.isArray(theirs) && mine.length === theirs.length) mergeLists(mine, theirs)
    else known[i] = theirs
  }
}
