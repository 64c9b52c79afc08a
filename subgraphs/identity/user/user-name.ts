import { InvalidInputError } from '#platform/errors/common-errors'
import { nameLengthMax } from './user.limits.ts'

/** A name as it is stored: without spaces around it. @throws InvalidInputError for one that cannot be shown */
export function printableName(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > nameLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${nameLengthMax} printable characters.`)
  return name
}
