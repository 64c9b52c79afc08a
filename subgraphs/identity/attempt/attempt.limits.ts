const secondMs = 1_000
const minuteMs = 60 * secondMs
const dayMs = 86_400_000

/** Within it attempts are counted; it slides. */
export const windowMs = minuteMs
export const perAccountAndAddressMax = 5
/** So many wrong attempts in a row cost nothing; each further one doubles the wait before the next. */
export const freeFailures = 9
export const delayMsMax = 5 * minuteMs
/** A series of wrong attempts ends by itself when the account is left in peace for so long. */
export const failuresMs = dayMs
/** How long a client is known after its last sign-in. */
export const knownClientMs = 90 * dayMs
/** Of the refusals of one bucket, one is recorded in so long, with the number of those before it that were not. */
export const recordEveryMs = minuteMs
