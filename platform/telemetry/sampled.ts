const digits = 13
const range = 16 ** digits

/**
 * Whether a trace belongs to the kept share, told by its id alone, so that every process that is asked says the same:
 * the last 52 bits are taken as its random number (OpenTelemetry, consistent probability sampling; theirs has 56 bits).
 *
 * @param ratio between 0, none, and 1, all
 */
export const isSampled = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(-digits), 16) >= (1 - ratio) * range
