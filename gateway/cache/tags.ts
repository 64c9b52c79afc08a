import { subjectOf } from '#platform/redis/change'

/** The noun of a type, as changes name it: `ApiKey` is `api-key`. */
export const nounOf = (typename: string): string => subjectOf(typename, '').slice(0, -1)

/** What something kept is struck out by, within an organization. */
type Tagging = (organizationId: string) => string

/** Any change of a thing of this kind. Whatever lists things, or finds them by other than their key, hangs on it. */
export const anyOf =
  (noun: string): Tagging =>
  (organizationId) =>
    `${organizationId} ${noun}`

/** A change of one thing. */
export const oneOf =
  (noun: string, id: string): Tagging =>
  (organizationId) =>
    `${organizationId} ${noun}:${id}`

/** A mutation here returned things of this kind; it does not say which, so it may have been any. */
export const returnedOf =
  (noun: string): Tagging =>
  (organizationId) =>
    `${organizationId} ${noun}!`

/** Things of this kind everywhere: struck out by whoever begins to follow their changes, and so has missed some. */
export const everywhere = (noun: string): string => `* ${noun}`

/** What an answer that speaks of these hangs on, other than by the key of one thing. */
export const tagsOf = (nouns: readonly string[], organizationId: string): readonly string[] =>
  nouns.flatMap((noun) => [anyOf(noun)(organizationId), returnedOf(noun)(organizationId), everywhere(noun)])

/** @param subject `noun:id`, or a noun */
export const tagsOfChange = (organizationId: string, subject: string): readonly string[] => [
  `${organizationId} ${nounIn(subject)}`,
  `${organizationId} ${subject}`,
]

export const nounIn = (subject: string): string => subject.split(':', 1)[0] ?? ''
