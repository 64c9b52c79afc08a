import { Kind, parse } from 'graphql'

const tokensMax = 5_000

/** Whether a text is a GraphQL document with exactly one operation, which is a query: asking changes nothing. */
export function isQueryDocument(text: string): boolean {
  try {
    const { definitions } = parse(text, { maxTokens: tokensMax, noLocation: true })
    const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    return operations.length === 1 && operations[0]?.operation === 'query'
  } catch {
    return false
  }
}
