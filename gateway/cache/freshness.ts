/** For how long something may be shown as it is, and to whom. Times in milliseconds since the epoch. */
export interface Lifetime {
  readonly bornAt: number
  readonly expiresAt: number
  /** Whether it is the same for everybody with the same rights; else it is its asker's alone. */
  readonly isPublic: boolean
}

const maxAgeSecondsMax = 3_600

/** What a `Cache-Control` header allows (RFC 9111 §5.2.2), at most an hour. What does not say `public` is private. */
export function lifetimeOf(cacheControl: string | null, now = Date.now()): Lifetime | null {
  if (cacheControl === null) return null
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
  if (directives.some((directive) => /^no-(store|cache)\b/.test(directive))) return null
  const maxAge = directives.find((directive) => /^max-age="?\d+"?$/.test(directive))?.replaceAll(/\D/g, '')
  const seconds = Math.min(Number(maxAge ?? 0), maxAgeSecondsMax)
  return seconds === 0
    ? null
    : { bornAt: now, expiresAt: now + seconds * 1_000, isPublic: directives.includes('public') }
}

/** How fresh an answer is that is made of several: as the least fresh of them, and private when one of them is. */
export class Freshness {
  readonly #nouns = new Set<string>()
  #whole: Lifetime | null = null
  #isSpoilt = false

  /** @param part null for one that may not be kept, nor the whole then */
  add(part: Lifetime | null, nouns: Iterable<string>): void {
    for (const noun of nouns) this.#nouns.add(noun)
    const whole = this.#whole
    if (part === null) this.#isSpoilt = true
    else if (whole === null) this.#whole = part
    else
      this.#whole = {
        bornAt: Math.min(whole.bornAt, part.bornAt),
        expiresAt: Math.min(whole.expiresAt, part.expiresAt),
        isPublic: whole.isPublic && part.isPublic,
      }
  }

  /** Null when a part may not be kept, or nothing was asked for at all. */
  get whole(): Lifetime | null {
    return this.#isSpoilt ? null : this.#whole
  }

  /** What the answer speaks of. */
  get nouns(): readonly string[] {
    return [...this.#nouns]
  }
}
