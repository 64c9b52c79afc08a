import { InvalidInputError } from '#platform/errors/common-errors'

const lengthMax = 255
/** A String of Structured Fields (RFC 9651 §3.3.3), as draft-ietf-httpapi-idempotency-key-header §2.1 has it. */
const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/
/** As most clients write it. */
const bare = /^[\x21\x23-\x7e][\x21-\x7e]*$/

/**
 * The key of an `Idempotency-Key` header, of which `"k"` and `k` are the same.
 *
 * @throws InvalidInputError BAD_USER_INPUT for what is no key of 1 to 255 visible ASCII characters
 */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const text = typeof header === 'string' ? header.trim() : ''
  const key = quoted.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? (bare.test(text) ? text : '')
  if (key === '' || key.length > lengthMax || !/^[\x21-\x7e]+$/.test(key))
    throw new InvalidInputError(
      `An Idempotency-Key has between 1 and ${lengthMax} characters, all of them visible ASCII.`,
    )
  return key
}
