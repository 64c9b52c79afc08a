export const nameLengthMax = 100
export const emailLengthMax = 320
export const invitationDays = 7
/** From one organization to one address in a day. */
export const invitationsPerAddressMax = 5
