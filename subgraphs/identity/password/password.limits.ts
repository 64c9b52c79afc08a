export const resetMinutes = 45
/** Letters that one account gets in an hour, and that one address causes, whoever they go to. */
export const resetsPerAccountMax = 3
export const resetsPerAddressMax = 20

/** In points of cost: a hash takes a core about as long as reading fifty objects does. */
export const passwordHashCost = 50
