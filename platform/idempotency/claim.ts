import { createHash, createHmac } from 'node:crypto'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Caller } from '../caller/caller.ts'
import type { SchemaName } from '../db/schemas.ts'
import { decodeAnswer, type EncodedAnswer, encodeAnswer } from './encode-answer.ts'
import {
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  IdempotentAnswerNotKeptError,
} from './idempotency.errors.ts'

export interface ClaimedField {
  /** `Mutation.createAgent`. */
  readonly coordinate: string
  /** Its key in the answer: two fields of one operation are two intentions. */
  readonly responseKey: string
  readonly args: unknown
  /** Whether the answer may be stored. */
  readonly keepsAnswer: boolean
}

/** Thrown out of a write that was done before, by whoever came first. */
export class DoneBefore extends Error {
  readonly answer: unknown
  constructor(answer: unknown) {
    super('done before')
    this.answer = answer
  }
}

interface Row {
  readonly digest: string
  readonly answer: EncodedAnswer | null
}

/** After which a key is as good as new. */
const keptHours = 24
/** For another process that has the claim, and for every further lock of the write: by then its client has given up. */
const lockWaitMs = 5_000
/** PostgreSQL: lock_not_available, query_canceled. */
const waitedTooLong = ['55P03', '57014']

/**
 * One caller's intention to have one mutation done, named by their Idempotency-Key. Its row is inserted first in the
 * transaction of the write, so that another process with the same claim waits for that transaction's end, and its answer
 * stored last.
 */
export class Claim {
  /** A UUID made of a hash (RFC 9562 §5.8) of who asks, the key and the field. */
  readonly id: string
  readonly #digest: string
  /** Whether the answer may be stored. */
  readonly keepsAnswer: boolean
  #kept: { readonly value: unknown } | undefined

  constructor(caller: Caller, key: string, { coordinate, responseKey, args, keepsAnswer }: ClaimedField) {
    const { kind, organizationId, userId, apiKeyId, agentId } = caller
    const parts = [kind, organizationId, userId, apiKeyId, agentId, key, coordinate, responseKey]
    this.id = uuidOf(createHash('sha256').update(JSON.stringify(parts)).digest('hex'))
    this.#digest = createHmac('sha256', key)
      .update(canonicalJson([parts, args]))
      .digest('hex')
    this.keepsAnswer = keepsAnswer
  }

  /** What the write of this claim answered, once it has. */
  get kept(): { readonly value: unknown } | undefined {
    return this.#kept
  }

  /**
   * Looks whether the claim was done before.
   *
   * @returns nothing when it was not
   * @throws DoneBefore with the answer; IdempotencyKeyReusedError; IdempotentAnswerNotKeptError
   */
  async find(em: Pick<SqlEntityManager, 'execute'>, schema: SchemaName): Promise<void> {
    const [row] = await em.execute<Row[]>(
      `select digest, answer from ${schema}.kept_answer where id = ?::uuid and expires_at > now()`,
      [this.id],
    )
    if (row === undefined) return
    if (row.digest !== this.#digest) throw new IdempotencyKeyReusedError()
    if (row.answer === null) throw new IdempotentAnswerNotKeptError()
    throw new DoneBefore(decodeAnswer(row.answer))
  }

  /**
   * Takes the claim, first of all in a write's transaction.
   *
   * @throws what `find` throws; IdempotencyKeyInUseError when another process has it for too long
   */
  async begin(em: SqlEntityManager, schema: SchemaName, organizationId: string): Promise<void> {
    if (this.#kept !== undefined) throw new Error('A mutation with an Idempotency-Key writes once.')
    const taken = await em
      .execute<object[]>(
        `insert into ${schema}.kept_answer as kept (organization_id, id, digest, expires_at)
         select ?::uuid, ?::uuid, ?, now() + interval '${keptHours} hours' where set_config('lock_timeout', ?, true) <> ''
         on conflict (organization_id, id) do update set digest = excluded.digest, answer = null, expires_at = excluded.expires_at
         where kept.expires_at <= now() returning id`,
        [organizationId, this.id, this.#digest, String(lockWaitMs)],
      )
      .catch((cause) => {
        if (waitedTooLong.includes(cause.code)) throw new IdempotencyKeyInUseError({ cause })
        throw cause
      })
    if (taken.length > 0) return
    await this.find(em, schema)
    throw new Error('A claim is in the way that cannot be seen.')
  }

  /** Stores the answer, last of all in the write's transaction. */
  async keep(em: SqlEntityManager, schema: SchemaName, value: unknown): Promise<void> {
    if (this.keepsAnswer) {
      const answer = JSON.stringify(encodeAnswer(value))
      await em.execute(`update ${schema}.kept_answer set answer = ?::jsonb where id = ?::uuid`, [answer, this.id])
    }
    this.#kept = { value }
  }

  /** Gives the claim back: nothing was done, so a repetition is to be executed. */
  async release(em: SqlEntityManager, schema: SchemaName): Promise<void> {
    await em.execute(`delete from ${schema}.kept_answer where id = ?::uuid`, [this.id])
  }
}

const uuidOf = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-b${hex.slice(17, 20)}-${hex.slice(20, 32)}`

/** JSON with the fields of each object in the order of their names: the order in which a client writes them says nothing. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_name, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
