import { z } from 'zod'

/** The stream that says what changed: a hint that wakes whoever waits. What is true is asked of PostgreSQL. */
export const changesStream = 'forgeops:changes'

/** Something about these changed: whoever shows them, or keeps them, asks anew. */
export interface Change {
  readonly organizationId: string
  /** `audit`, or a thing: see `subjectOf`. */
  readonly subjects: readonly string[]
}

/** The audit trail of an organization grew. */
export const auditSubject = 'audit'

/**
 * The subject of an entity. Audit records name what they touched by the same words, so a thing's name there is its type's
 * name in the API, in kebab case; of what the API does not have a type for nobody waits.
 *
 * @param typename e.g. `ApiKey`
 * @returns e.g. `api-key:0192…`
 */
export const subjectOf = (typename: string, id: string): string =>
  `${typename.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '-').toLowerCase()}:${id}`

/** In an entry it stands for every organization and every subject: some entries were lost. */
export const anything = '*'

const entry = z.object({ organization: z.string(), subjects: z.string() })
const subjects = z.array(z.string())

/** @returns undefined for an entry that cannot be read */
export function readChange(message: unknown): Change | undefined {
  try {
    const { organization, subjects: text } = entry.parse(message)
    return { organizationId: organization, subjects: subjects.parse(JSON.parse(text)) }
  } catch {
    return undefined
  }
}
