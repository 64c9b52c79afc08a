import { InvalidInputError } from '#platform/errors/common-errors'
import { emailLengthMax } from './user.limits.ts'

const addressShape = /^[^\s@\p{Cc}\p{Surrogate}]+@[^\s@\p{Cc}\p{Surrogate}]+$/u

/** An e-mail address as it is stored: lower case, without spaces around it. @throws InvalidInputError */
export function emailAddress(text: string): string {
  const email = text.trim().toLowerCase()
  if (!addressShape.test(email) || email.length > emailLengthMax)
    throw new InvalidInputError('This is not an e-mail address.')
  return email
}
