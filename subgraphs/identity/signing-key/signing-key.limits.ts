import { accessTokenSeconds } from '../session/token-signer.ts'

/**
 * How long a key is published before it signs. Longer than the way to the last verifier: a node that reads keys anew, a
 * gateway that does, and a minute in the cache of whoever asks the gateway for them.
 */
export const publicationMs = 5 * 60_000

/** How often a node reads the keys anew: so late does it follow a rotation made elsewhere. */
export const rereadMs = 2_000

/** A node that could not read the keys for so long signs no more: its key may be long retired. */
export const staleMs = 30_000

const clockSkewMs = 60_000

/** How long a retired key stays published: until the last token of the node that heard of it last has ended. */
export const retentionMs = accessTokenSeconds * 1_000 + staleMs + clockSkewMs
