/** How long something that was begun may take to be finished; long enough to install an authenticator application. */
export const challengeMinutes = 10
/** Wrong proofs that end a challenge, or the session whose owner was to be proven. */
export const triesMax = 5
export const recoveryCodeCount = 10
export const passkeysMax = 20
export const passkeyNameLengthMax = 100
