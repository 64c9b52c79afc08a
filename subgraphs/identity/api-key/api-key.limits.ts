export const keyNameMax = 100
export const keyDaysDefault = 90
export const keyDaysMax = 366
/** Keys of one user that are good at the same time. */
export const keysPerUserMax = 50
export const rateLimitDefault = 600
export const rateLimitMax = 10_000
/**
 * A use is written down when the last one is so old. Together with the time for which the edge remembers a key (30 s) it
 * stays within the minute that `lastUsedAt` may lag.
 */
export const lastUsedStepMs = 25_000
/** How often refused uses of one key are recorded: who has no secret must not be able to fill the trail. */
export const refusalPauseMs = 60_000
/** A key in steady use from one address is recorded once in so long. */
export const usageRecordMs = 86_400_000
