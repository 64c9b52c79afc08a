import { readFileSync } from 'node:fs'
import { InvalidInputError } from '#platform/errors/common-errors'
import { PasswordTooCommonError, PasswordTooLongError, PasswordTooShortError } from './password.errors.ts'

const bytesMax = 1024
/** Something this short, repeated, is no longer for being repeated. */
const repeatedLengthMax = 8
/** Names that everybody who comes here knows. */
const ownNames = ['forgeops']

/**
 * What a new password must be (ASVS 5, 6.2): long enough and not common, and nothing else. There are no rules of what it
 * is composed of, and it is taken and verified exactly as received.
 */
export class PasswordPolicy {
  readonly #lengthMin: number
  readonly #common: ReadonlySet<string>

  /**
   * @param lengthMin in characters (Unicode code points)
   * @param common lower case
   */
  constructor(lengthMin: number, common: ReadonlySet<string>) {
    this.#lengthMin = lengthMin
    this.#common = common
  }

  /**
   * @param known what others know of the owner, such as the e-mail address and the organization's name
   * @throws PasswordTooShortError, PasswordTooLongError, PasswordTooCommonError; InvalidInputError for what is no text
   */
  require(password: string, known: readonly string[] = []): void {
    if (!password.isWellFormed()) throw new InvalidInputError('A password is well-formed text.')
    if ([...password].length < this.#lengthMin) throw new PasswordTooShortError(this.#lengthMin)
    if (Buffer.byteLength(password) > bytesMax) throw new PasswordTooLongError(bytesMax)
    if (this.#isCommon(password.toLowerCase(), wordsOf([...known, ...ownNames]))) throw new PasswordTooCommonError()
  }

  /**
   * Long passwords are rare on any list; those that people make first are made of short ones. So what consists of one or
   * two listed words, or repeats one, counts as listed.
   */
  #isCommon(password: string, known: ReadonlySet<string>): boolean {
    const isListed = (word: string) => this.#common.has(word) || known.has(word)
    const unit = repeatedUnit(password)
    if (unit.length < password.length && unit.length <= repeatedLengthMax) return true
    if (isListed(password) || isListed(unit)) return true
    for (let at = 1; at < password.length; at += 1)
      if (isListed(password.slice(0, at)) && isListed(password.slice(at))) return true
    return false
  }
}

/** The policy with the list of common passwords beside this file. */
export function openPasswordPolicy(lengthMin: number): PasswordPolicy {
  const lines = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8').split('\n')
  return new PasswordPolicy(lengthMin, new Set(lines.filter((line) => line !== '' && !line.startsWith('#'))))
}

/** What is known, as somebody would type it: an address whole and before the @, a name with and without spaces. */
const wordsOf = (known: readonly string[]): ReadonlySet<string> =>
  new Set(
    known
      .map((each) => each.trim().toLowerCase())
      .flatMap((each) => [each, each.split('@')[0] ?? '', each.replaceAll(/\s/g, '')])
      .filter((word) => word.length > 2),
  )

/** The shortest text that `text` is a repetition of; `text` itself when it is none. */
function repeatedUnit(text: string): string {
  const length = (text + text).indexOf(text, 1)
  return text.slice(0, length)
}
