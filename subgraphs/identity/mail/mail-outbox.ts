import type { SecretBox } from '#platform/crypto/secret-box'
import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import { Mail } from './mail.entity.ts'
import type { MailOrder } from './mail-order.ts'

/** A letter taken out of the outbox for one attempt. */
export interface TakenMail {
  readonly id: string
  readonly kind: string
  /** The attempt at hand included. */
  readonly attempts: number
  readonly expired: boolean
  readonly sealed: string
}

/** The attempt at hand is over before the letter is due again; each further one waits twice as long, up to an hour. */
const firstDelaySeconds = 30
const delaySecondsMax = 3_600

/** Letters on their way: stored with the change that they tell of, sent by any node of identity. */
export class MailOutbox {
  readonly #box: SecretBox
  /** Whether letters are sent at all; else whoever would cause one gets what it would say. */
  readonly active: boolean

  constructor(box: SecretBox, active: boolean) {
    this.#box = box
    this.active = active
  }

  /** Stores a letter in the transaction at hand; none when mail is inactive. */
  order(tx: Tx, order: MailOrder, expiresAt: Date): void {
    if (!this.active) return
    const id = newId()
    const sealed = this.#box.seal(JSON.stringify(order), place(id))
    const now = new Date()
    tx.em.create(Mail, { id, kind: order.kind, sealed, dueAt: now, expiresAt, createdAt: now })
  }

  /** @throws SecretUnreadableError when another key sealed it */
  open({ id, sealed }: TakenMail): MailOrder {
    return JSON.parse(this.#box.open(sealed, place(id))) as MailOrder
  }

  /** Takes the letter that is due the longest; nobody else gets it until its attempt must be over. */
  async take({ em }: Tx): Promise<TakenMail | undefined> {
    const [row] = await em.execute<TakenMail[]>(
      `update identity.mail set attempts = attempts + 1,
         due_at = now() + make_interval(secs => least(? * power(2, attempts), ?))
       where id = (select id from identity.mail where due_at <= now() order by due_at limit 1 for update skip locked)
       returning id, kind, attempts, expires_at <= now() as expired, sealed`,
      [firstDelaySeconds, delaySecondsMax],
    )
    return row
  }

  async remove({ em }: Tx, { id }: TakenMail): Promise<void> {
    await em.nativeDelete(Mail, { id })
  }
}

const place = (id: string) => ['identity', 'mail', id]
