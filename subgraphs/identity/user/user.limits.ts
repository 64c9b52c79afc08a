export const nameLengthMax = 100
export const emailLengthMax = 320
export const invitationDays = 7
