/** One GraphQL operation, as it goes over the wire. */
export interface Operation {
  query: string
  variables?: unknown
  operationName?: string | null | undefined
  extensions?: Record<string, unknown>
}

/** A GraphQL answer: data, errors, or both. */
export interface Answer<Data = Record<string, unknown>> {
  data?: Data | null
  extensions?: Record<string, unknown>
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

const deadlineMs = 60_000

/**
 * Posts one operation and returns its answer, whatever HTTP status carried it.
 *
 * @param url the GraphQL endpoint
 * @param headers extra request headers, one value a name whatever its case; cookies are never sent
 * @throws when the endpoint cannot be reached within a minute or answers something that is not JSON
 */
export async function sendOperation<Data = Record<string, unknown>>(
  url: string,
  operation: Operation,
  headers = new Headers(),
): Promise<Answer<Data>> {
  if (!headers.has('accept')) headers.set('accept', 'application/graphql-response+json, application/json;q=0.9')
  headers.set('content-type', 'application/json')
  const response = await fetch(url, {
    method: 'POST',
    credentials: 'omit',
    headers,
    body: JSON.stringify(operation),
    signal: AbortSignal.timeout(deadlineMs),
  })
  const text = await response.text()
  try {
    return JSON.parse(text) as Answer<Data>
  } catch {
    throw new Error(`The gateway answered HTTP ${response.status} without a GraphQL answer.`)
  }
}

export const codesOf = (answer: Answer<unknown>): string[] =>
  answer.errors?.flatMap((error) => error.extensions?.code ?? []) ?? []
