/** What GraphQL over HTTP had before it had a media type of its own. */
export const legacyType = 'application/json'
const answerable = /\*\/\*|application\/(\*|json|graphql-response\+json)/i
const responseType = /application\/graphql-response\+json/i

/** Whether a client that accepts this could read an answer of ours. */
export const canRead = (accept: string | undefined): boolean => accept === undefined || answerable.test(accept)

/** The media type of the answer (GraphQL over HTTP draft §4.1): the newer one for whoever names it. */
export const answerTypeFor = (accept: string | undefined): string =>
  accept !== undefined && responseType.test(accept) ? 'application/graphql-response+json' : legacyType
