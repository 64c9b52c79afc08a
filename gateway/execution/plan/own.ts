export type Data = Record<string, unknown>

/** Names that every object answers to without having them: clients may call a field by one. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** What an object holds under a key that came from a client or a subgraph; undefined when it has none of its own. */
export const ownValue = (data: Data, key: string): unknown =>
  inherited.has(key) && !Object.hasOwn(data, key) ? undefined : data[key]

/** Sets a key, whatever it is called: plainly set, `__proto__` would change what the object is. */
export function setOwn(data: Data, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true })
  else data[key] = value
}

export const isObject = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
