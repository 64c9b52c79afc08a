import { readFile } from 'node:fs/promises'
import { type Rulebook, readRulebook } from '#platform/access/rulebook'
import { AccessRulesUnavailableError } from './access.errors.ts'

/**
 * The rules of the supergraph that the gateway serves, read when they are first asked for: nobody's sign-in depends on
 * that file. What cannot be read is tried again at the next question.
 */
export class RulebookFile {
  readonly #path: string
  #read: Promise<Rulebook> | undefined

  /** @param path of the composed supergraph */
  constructor(path: string) {
    this.#path = path
  }

  /** @throws AccessRulesUnavailableError when the file is missing or is no supergraph */
  open(): Promise<Rulebook> {
    this.#read ??= readFile(this.#path, 'utf8')
      .then(readRulebook)
      .catch((cause: unknown) => {
        this.#read = undefined
        throw new AccessRulesUnavailableError(this.#path, cause)
      })
    return this.#read
  }
}
