export const passwordLengthMin = 15
export const passwordLengthMax = 1024
export const nameLengthMax = 100
export const emailLengthMax = 320
export const invitationDays = 7
