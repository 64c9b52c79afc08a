const lengthMax = 200

/** The last event that a client says it has; null when it says nothing. What is no such thing is not believed. */
export function lastEventIdOf(from: Readonly<Record<string, unknown>>, name = 'lastEventId'): string | null {
  const { [name]: id } = from
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id)
  return typeof id === 'string' && id !== '' && id.length <= lengthMax ? id : null
}
