/** How long something that was begun may take to be finished; long enough to install an authenticator application. */
export const challengeMinutes = 10
/** Wrong proofs that end a challenge, or the session whose owner was to be proven. */
export const triesMax = 5
/** Wrong codes of one authenticator within `totpWrongMinutes`, whatever the challenge: 3 of 10⁶ codes are right at a time. */
export const totpWrongMax = 10
export const totpWrongMinutes = 60
export const recoveryCodeCount = 10
export const passkeysMax = 20
export const passkeyNameLengthMax = 100
