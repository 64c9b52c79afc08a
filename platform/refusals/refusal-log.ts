import { actorOf } from '../caller/actor-of.ts'
import type { Caller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { traceIdOf } from '../telemetry/trace-context.ts'
import { furtherCoordinates, type Refusal, type RefusalRecord } from './refusal.ts'

export interface RefusalLimits {
  /** Records held at once. Of these, callers who are not signed in have at most half: they cost an attacker nothing. */
  readonly keysMax: number
  /** Records of one actor, or of one address that nobody is signed in from; further coordinates share one. */
  readonly keysOfSourceMax: number
  /** A record is ready when nothing was added for so long, once in its minute, and when its minute is over. */
  readonly quietMs: number
}

export const refusalLimits: RefusalLimits = { keysMax: 2_000, keysOfSourceMax: 50, quietMs: 2_000 }

const minuteMs = 60_000

interface Entry {
  readonly source: string
  readonly isAnonymous: boolean
  readonly minute: number
  readonly refusal: Refusal
  id: string
  count: number
  firstAt: number
  lastAt: number
  last: Refusal
  told: boolean
}

/**
 * Refusals by caller × coordinate × minute: thousands of one kind are one record with their number. What it holds is
 * bounded, whoever asks for whatever; what does not fit is not kept, and `add` says so.
 */
export class RefusalLog {
  readonly #limits: RefusalLimits
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #keysOfSource = new Map<string, number>()
  #anonymous = 0

  constructor(limits = refusalLimits, now: () => number = Date.now) {
    this.#limits = limits
    this.#now = now
  }

  get size(): number {
    return this.#entries.size
  }

  /** @returns false when there is no place for it */
  add(refusal: Refusal, count = 1): boolean {
    const now = this.#now()
    const minute = now - (now % minuteMs)
    const { caller, coordinate, code, reason } = refusal
    const source = sourceOf(caller)
    const key = [source, caller.address, caller.userAgent, coordinate, code, reason, minute].join('\0')
    const entry = this.#entries.get(key) ?? this.#open(key, source, minute, refusal)
    if (entry === undefined) return false
    if (entry.count === 0) entry.firstAt = now
    entry.count += count
    entry.lastAt = now
    entry.last = refusal
    return true
  }

  /**
   * Takes out the records that are ready, oldest first.
   *
   * @param everything also those that are not ready, as before an end
   */
  take(max: number, everything = false): RefusalRecord[] {
    const now = this.#now()
    const taken: RefusalRecord[] = []
    for (const [key, entry] of this.#entries) {
      if (taken.length === max) break
      const isOver = everything || entry.minute + minuteMs <= now
      const isReady = isOver || (!entry.told && now - entry.lastAt >= this.#limits.quietMs)
      if (entry.count > 0 && isReady) taken.push(recordOf(entry))
      if (isOver) this.#remove(key, entry)
      else if (isReady) Object.assign(entry, { told: true, count: 0, id: newId() })
    }
    return taken
  }

  #open(key: string, source: string, minute: number, refusal: Refusal): Entry | undefined {
    const ofSource = this.#keysOfSource.get(source) ?? 0
    if (ofSource >= this.#limits.keysOfSourceMax) {
      const shared = `${source}\0${furtherCoordinates}\0${minute}`
      return this.#entries.get(shared) ?? this.#set(shared, source, minute, further(refusal))
    }
    return this.#set(key, source, minute, refusal)
  }

  #set(key: string, source: string, minute: number, refusal: Refusal): Entry | undefined {
    const isAnonymous = refusal.caller.kind === 'anonymous'
    const { keysMax } = this.#limits
    if (this.#entries.size >= keysMax || (isAnonymous && this.#anonymous >= keysMax / 2)) return undefined
    const times = { count: 0, firstAt: 0, lastAt: 0 }
    const entry = { source, isAnonymous, minute, refusal, id: newId(), ...times, last: refusal, told: false }
    this.#entries.set(key, entry)
    this.#keysOfSource.set(source, (this.#keysOfSource.get(source) ?? 0) + 1)
    if (isAnonymous) this.#anonymous += 1
    return entry
  }

  #remove(key: string, { source, isAnonymous }: Entry): void {
    this.#entries.delete(key)
    if (isAnonymous) this.#anonymous -= 1
    const left = (this.#keysOfSource.get(source) ?? 0) - 1
    if (left > 0) this.#keysOfSource.set(source, left)
    else this.#keysOfSource.delete(source)
  }
}

/** Whose share of the places a refusal takes: one actor's whatever address they come from, or one address's. */
const sourceOf = (caller: Caller): string => {
  const { type, id, onBehalfOf } = actorOf(caller)
  return [caller.organizationId, type, id ?? caller.address, onBehalfOf].join('\0')
}

const further = ({ reason: _one, ...refusal }: Refusal): Refusal => ({ ...refusal, coordinate: furtherCoordinates })

function recordOf({ id, minute, count, firstAt, lastAt, refusal, last }: Entry): RefusalRecord {
  const { caller, coordinate, code, reason = null } = refusal
  return {
    id,
    organizationId: caller.organizationId,
    actor: actorOf(caller),
    address: caller.address?.slice(0, 100) ?? null,
    userAgent: caller.userAgent?.slice(0, 200) ?? null,
    coordinate: coordinate?.slice(0, 200) ?? null,
    code,
    reason,
    count,
    minute: timeOf(minute),
    firstAt: timeOf(firstAt),
    lastAt: timeOf(lastAt),
    requestId: last.requestId,
    traceId: traceIdOf(last.traceparent),
  }
}

const timeOf = (moment: number) => new Date(moment).toISOString()
