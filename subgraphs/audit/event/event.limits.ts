export const actionsMax = 50
/** How many events an answer to a subscription is looked for among. */
export const scannedPerAnswer = 10_000
