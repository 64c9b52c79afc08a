/** What a hash costs: memory in KiB, passes over it, lanes. */
export interface HashCost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

/** A stored hash (RFC 9106) with all that it takes to compute it again. */
export interface Argon2idHash {
  readonly cost: HashCost
  readonly nonce: Buffer
  readonly tag: Buffer
}

/** What a stored hash may ask for: a row that somebody tampered with must not take the process's memory or minutes. */
export const costMax: HashCost = { memoryKib: 262_144, passes: 16, lanes: 16 }
const shape = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** As a PHC string. */
export const printHash = ({ cost, nonce, tag }: Argon2idHash): string =>
  `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}$${base64(nonce)}$${base64(tag)}`

/** @returns undefined for what is no argon2id hash, or one that costs more than we ever spend */
export function readHash(text: string): Argon2idHash | undefined {
  const match = shape.exec(text)
  if (match === null) return undefined
  const [, memory, passes, lanes, nonce = '', tag = ''] = match
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  const isPossible = cost.passes >= 1 && cost.lanes >= 1 && cost.memoryKib >= 8 * cost.lanes
  if (!isPossible || isBelow(costMax, cost)) return undefined
  return { cost, nonce: Buffer.from(nonce, 'base64'), tag: Buffer.from(tag, 'base64') }
}

/** Whether `cost` is in some way less than `wanted`. */
export const isBelow = (cost: HashCost, wanted: HashCost): boolean =>
  cost.memoryKib < wanted.memoryKib || cost.passes < wanted.passes || cost.lanes < wanted.lanes

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
