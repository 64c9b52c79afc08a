export const nameLengthMax = 100
export const configCharactersMax = 16_384
export const secretsMax = 20
export const statusReasonLengthMax = 500
