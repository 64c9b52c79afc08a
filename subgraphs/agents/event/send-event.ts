import { eventSent } from '#contracts/event-sent.event'
import { type Tx, write } from '#platform/db/write'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { storableJson, storableText } from '../json/storable-json.ts'
import { idempotencyKeyLengthMax } from '../run/run.limits.ts'
import { Event } from './event.entity.ts'
import { EventIdempotencyConflictError, EventsTooManyError } from './event.errors.ts'
import type { SendEventInput } from './event.graphql.ts'
import { eventDataBounds, eventKeptMs, eventKeyLengthMax, eventNameLengthMax, eventsKeptMax } from './event.limits.ts'

interface Sending {
  readonly name: string
  readonly key: string
  /** As JSON text. */
  readonly data: string
  readonly idempotencyKey: string | null
}

/**
 * Keeps an event; the worker delivers it to the steps that wait for it, of whatever run of the organization. With an
 * idempotency key one event comes of any number of equal sendings, also at the same time.
 *
 * @throws InvalidInputError BAD_USER_INPUT; EventIdempotencyConflictError EVENT_IDEMPOTENCY_CONFLICT; EventsTooManyError
 *   EVENTS_TOO_MANY
 */
export async function sendEvent(ctx: Ctx, input: SendEventInput): Promise<Event> {
  const { userId, organizationId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  const sending = checked(input)
  return write(ctx, 'event.sent', async (tx) => {
    await makeRoom(tx, organizationId)
    const rows = await tx.em.execute<{ id: string }[]>(
      `insert into agents.event (organization_id, id, name, key, data, idempotency_key, sent_by, sent_at, expires_at)
       values (?, ?, ?, ?, ?::jsonb, ?, ?, now(), now() + make_interval(secs => ?))
       on conflict (organization_id, idempotency_key) do nothing returning id`,
      [
        ...[organizationId, newId(), sending.name, sending.key, sending.data, sending.idempotencyKey, userId],
        eventKeptMs / 1_000,
      ],
    )
    const id = rows[0]?.id
    if (id === undefined) return earlier(tx, sending)
    tx.target('sent-event', id, sending.name)
    tx.detail('key', sending.key)
    tx.emit(eventSent, { eventId: id }, `event:${id}`)
    return tx.em.findOneOrFail(Event, { id })
  })
}

function checked({ name, key, data, idempotencyKey }: SendEventInput): Sending {
  checkText('The name of an event', name, 1, eventNameLengthMax)
  checkText('The key of an event', key ?? '', 0, eventKeyLengthMax)
  if (idempotencyKey != null) checkText('An idempotency key', idempotencyKey, 1, idempotencyKeyLengthMax)
  const stored = storableJson(data ?? null, eventDataBounds)
  if (!stored.ok) throw new InvalidInputError(`The data cannot be taken. ${stored.fault}`)
  return { name, key: key ?? '', data: stored.json, idempotencyKey: idempotencyKey ?? null }
}

function checkText(what: string, text: string, least: number, most: number): void {
  if (text.length < least || text.length > most || storableText(text) !== text)
    throw new InvalidInputError(`${what} has between ${least} and ${most} characters, none of them U+0000.`)
}

/** What is over is cleared away a little faster than it comes. */
async function makeRoom(tx: Tx, organizationId: string): Promise<void> {
  await tx.em.execute(
    `delete from agents.event where organization_id = ? and id in (
       select id from agents.event where organization_id = ? and expires_at <= now() order by expires_at limit 10
       for update skip locked)`,
    [organizationId, organizationId],
  )
  const [kept] = await tx.em.execute<{ n: number }[]>(
    `select count(*)::int as n from (select 1 from agents.event where organization_id = ? limit ?) as counted`,
    [organizationId, eventsKeptMax],
  )
  if (kept !== undefined && kept.n >= eventsKeptMax) throw new EventsTooManyError(eventsKeptMax)
}

/** The event that a sending with this key has made before. */
async function earlier(tx: Tx, { name, key, data, idempotencyKey }: Sending): Promise<Event> {
  const event = await tx.em.findOneOrFail(Event, { idempotencyKey })
  const [compared] = await tx.em.execute<{ same: boolean }[]>('select ?::jsonb = ?::jsonb as same', [
    JSON.stringify(event.data ?? null),
    data,
  ])
  if (event.name !== name || event.key !== key || compared?.same !== true) throw new EventIdempotencyConflictError()
  tx.unchanged()
  return event
}
