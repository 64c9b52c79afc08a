/** A run whose owners were lost this many times in a row, without a step completed in between, is not tried by itself any more. */
export const ownersLostMax = 3
/** As many are redriven by one call; whoever wants more calls again. */
export const redriveMax = 200
