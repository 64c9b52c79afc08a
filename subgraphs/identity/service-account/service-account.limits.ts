export const serviceAccountsMax = 200
