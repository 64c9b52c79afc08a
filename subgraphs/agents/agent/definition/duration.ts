const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const part = /(\d{1,9})(ms|s|m|h|d)/y

/** The shape of a duration, for whoever reads no code of ours. */
export const durationPattern = '^(\\d{1,9}(ms|s|m|h|d))+$'

/** What is said of a text that is no duration. */
export const durationWords = 'A duration is written as 500ms, 30s, 5m, 1h30m or 7d.'

/**
 * A duration in ms.
 *
 * @param text `500ms`, `30s`, `5m`, `1h30m`, `7d`
 * @throws RangeError for any other text
 */
export function durationMs(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new RangeError(durationWords)
  return ms
}

/** The same, undefined for a text that is no duration. */
export function parseDuration(text: string): number | undefined {
  let ms = 0
  part.lastIndex = 0
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (match === null) return undefined
    ms += Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  }
  return text === '' ? undefined : ms
}
