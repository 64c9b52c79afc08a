/** Checking two selections of one set against each other takes the square of their number. */
export const tokensMax = 4_000
/** Of braces, brackets and parentheses. */
export const nestingMax = 200
/** The same as the gateway's. */
export const levelsMax = 50
/** Fragments within fragments multiply: a few hundred tokens can stand for millions of selections. */
export const selectionsMax = 10_000
/** How many decisions one answer holds. */
export const fieldsMax = 2_000
/** How many faults of an operation are told. */
export const faultsMax = 10
