import { runQueued } from '#contracts/run-queued.event'
import { textArray } from '#platform/db/text-array'
import { type Tx, write } from '#platform/db/write'
import { InvalidInputError, NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId, newId } from '#platform/id'
import { Agent } from '../agent/agent.entity.ts'
import { AgentNotPublishedError } from '../agent/agent.errors.ts'
import { storableJson } from '../json/storable-json.ts'
import { checkInput } from './check-input.ts'
import { Run } from './run.entity.ts'
import { RunIdempotencyConflictError } from './run.errors.ts'
import type { StartRunInput } from './run.graphql.ts'
import { idempotencyKeyLengthMax, inputBounds } from './run.limits.ts'

/** A start that was checked as far as it can be without the database. */
export interface Start {
  readonly agentId: string
  readonly startedBy: string
  /** The bounds that the run takes over from a key or an agent that starts it. */
  readonly scopesMax: readonly string[] | null
  /** The input as JSON text. */
  readonly input: string
  readonly idempotencyKey: string | null
  /** The schedule that starts it, and which of its fires this is. */
  readonly fire?: { readonly scheduleId: string; readonly at: Date }
}

/** The agent of a run, with the version that the run is pinned to. */
export type StartedAgent = Pick<Agent, 'id' | 'name' | 'publishedVersionId' | 'archivedAt' | 'environment'>

/**
 * Queues a run of an agent's published version; a worker takes it from there. With an idempotency key, one run comes of
 * any number of equal starts, also at the same time.
 *
 * @throws NotFoundError NOT_FOUND; AgentNotPublishedError AGENT_NOT_PUBLISHED; RunIdempotencyConflictError
 *   RUN_IDEMPOTENCY_CONFLICT for the key of a start with another input; InvalidInputError BAD_USER_INPUT, for
 *   what does not fit the version's schema with the paths
 */
export async function startRun(ctx: Ctx, given: StartRunInput): Promise<Run> {
  const start = checkStart(ctx, given)
  return write(ctx, 'run.started', async (tx) => {
    const agent = await tx.em.findOne(Agent, { id: start.agentId })
    if (agent === null) throw new NotFoundError('agent')
    const earlier = await findEarlier(tx, start)
    if (earlier !== undefined) return earlier
    const run = await queueRun(ctx, tx, start, agent)
    if (run !== undefined) return run
    // Another start with the key was committed while this one waited for it.
    const winner = await findEarlier(tx, start)
    if (winner === undefined) throw new Error('A run is in the way that cannot be seen.')
    return winner
  })
}

/**
 * Queues a run of an agent's published version within a transaction that says why.
 *
 * @returns undefined when there is a run of this key, or of this fire, already
 * @throws InvalidInputError BAD_USER_INPUT when the input does not fit the version's schema
 */
export async function queueRun(ctx: Ctx, tx: Tx, start: Start, agent: StartedAgent): Promise<Run | undefined> {
  if (agent.publishedVersionId == null || agent.archivedAt != null) throw new AgentNotPublishedError()
  await checkInput(ctx, tx, agent.publishedVersionId, JSON.parse(start.input))
  const run = await insertRun(ctx, tx, start, agent)
  if (run === undefined) return undefined
  tx.target('run', run.id)
  tx.target('agent', agent.id, agent.name)
  tx.emit(runQueued, { runId: run.id, epoch: run.leaseEpoch }, `run:${run.id}`)
  return run
}

function checkStart(ctx: Ctx, given: StartRunInput): Start {
  const { userId, apiKeyId, agentId, scopes } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  if (!isId(given.agentId)) throw new NotFoundError('agent')
  const idempotencyKey = given.idempotencyKey ?? null
  if (idempotencyKey !== null && !isIdempotencyKey(idempotencyKey))
    throw new InvalidInputError(
      `An idempotency key has between 1 and ${idempotencyKeyLengthMax} characters, all of them visible ASCII.`,
    )
  const scopesMax = apiKeyId === null && agentId === null ? null : scopes
  return { agentId: given.agentId, startedBy: userId, scopesMax, input: inputText(given.input), idempotencyKey }
}

/** The input of a run as it is stored. @throws InvalidInputError BAD_USER_INPUT */
export function inputText(given: unknown): string {
  const input = given ?? {}
  if (typeof input !== 'object' || Array.isArray(input)) throw new InvalidInputError('The input is a JSON object.')
  const stored = storableJson(input, inputBounds)
  if (!stored.ok) throw new InvalidInputError(`The input cannot be taken. ${stored.fault}`)
  return stored.json
}

const isIdempotencyKey = (text: string) => text.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(text)

/** The run that a start with this key has already made. */
async function findEarlier(tx: Tx, start: Start): Promise<Run | undefined> {
  if (start.idempotencyKey === null) return undefined
  const { agentId, idempotencyKey } = start
  const run = await tx.em.findOne(Run, { agentId, idempotencyKey })
  if (run === null) return undefined
  const [compared] = await tx.em.execute<{ same: boolean }[]>('select ?::jsonb = ?::jsonb as same', [
    JSON.stringify(run.input),
    start.input,
  ])
  if (compared?.same !== true) throw new RunIdempotencyConflictError()
  tx.unchanged()
  return run
}

/** The run with its first event. @returns undefined when one with the key is there already, or appears while this one waits */
async function insertRun(
  ctx: Ctx,
  tx: Tx,
  start: Start,
  { publishedVersionId: agentVersionId, environment }: StartedAgent,
): Promise<Run | undefined> {
  const id = newId()
  const rows = await tx.em.execute<object[]>(
    `with run as (
       insert into agents.run (organization_id, id, agent_id, agent_version_id, environment, status, input, started_by,
       scopes_max, idempotency_key, request_id, traceparent, schedule_id, fire_at, queued_at, due_at, event_seq)
     values (?, ?, ?, ?, ?, 'QUEUED', ?::jsonb, ?, ?::text[], ?, ?, ?, ?, ?, now(), now(), 1)
       on conflict do nothing returning *
     ), told as (
       insert into agents.run_event (organization_id, id, run_id, seq, type, data, at)
       select organization_id, ?, id, event_seq, 'run.queued', '{}'::jsonb, queued_at from run
     )
     select * from run`,
    [
      ...[ctx.caller.organizationId, id, start.agentId, agentVersionId, environment],
      ...[
        start.input,
        start.startedBy,
        start.scopesMax && textArray(start.scopesMax),
        start.idempotencyKey,
        ctx.requestId,
        ctx.traceparent,
        start.fire?.scheduleId ?? null,
        start.fire?.at ?? null,
        newId(),
      ],
    ],
  )
  const [row] = rows
  return row === undefined ? undefined : tx.em.map(Run, row as never)
}
