import { inject } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { openDatabase } from '#platform/db/database'
import type { Ctx } from '#platform/graphql/context'
import { openService } from '#platform/http/serve'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import type { SubgraphConfig, SubgraphManifest } from '#platform/subgraph/define'
import { subgraphService } from '#platform/subgraph/serve'
import { continueTrace } from '#platform/telemetry/trace-context'

export interface Answer {
  readonly data: Record<string, never> | null | undefined
  readonly errors?: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions: { readonly code: string; readonly details?: unknown }
  }[]
}

/** What a subgraph answered to a subscription. */
export interface Followed {
  /** What to wait for before asking on. */
  readonly topic: string | null
  readonly more: boolean
  readonly ended: boolean
  /** In their order: the number that stands at a block, and what it says, if it says something. */
  readonly blocks: readonly { readonly id: number | null; readonly event: string | null; readonly data: string }[]
  /** What each `next` said. */
  readonly events: readonly Record<string, never>[]
  /** The place to ask on from. */
  readonly position: number | null
  /** In place of all that: a refusal. */
  readonly errors?: Answer['errors']
}

/** A subgraph on the test database, asked as the gateway asks. */
export async function openSubgraph<C extends SubgraphConfig, Parts>(
  manifest: SubgraphManifest<C, Parts>,
  readConfig: (environment: Record<string, string>) => C,
) {
  const config = readConfig({ ...inject('environment') })
  const statements: string[] = []
  const runtime = await openService(subgraphService(manifest), config)
  const url = runtime.urls[0] ?? ''
  const db = await openDatabase(manifest.database, {
    url: config.databaseUrl,
    poolMax: 4,
    onStatement: (sql) => statements.push(sql),
  })
  // What a part does by itself, such as reading keys anew, is none of the statements that tests count.
  const own = await openDatabase(manifest.database, { url: config.databaseUrl, poolMax: 2 })
  const parts = await manifest.open(config, runtime, own)
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
  return {
    url,
    config,
    db,
    /** Statements sent through `ctxFor` contexts, not those of the served subgraph. */
    statements,
    /** A context for calling verbs and queries directly. */
    ctxFor: (caller: Caller): Ctx<Parts> => ({
      caller,
      db,
      parts,
      requestId: newId(),
      traceparent: continueTrace(undefined),
      log,
      loaders: new Map(),
    }),
    /** Asks over HTTP, signed for `caller`, with their Idempotency-Key. */
    async ask(
      caller: Caller,
      query: string,
      variables: Record<string, unknown> = {},
      idempotencyKey?: string,
    ): Promise<Answer> {
      const body = JSON.stringify({ query, variables })
      const parts = { method: 'POST', path: '/graphql', body }
      const signed = signRequest(parts, caller, manifest.name, config.requestKey, idempotencyKey)
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...signed, 'content-type': 'application/json' },
        body,
      })
      return (await response.json()) as Answer
    },
    /** Asks for the events of a subscription, those after `lastEventId` if it is given. */
    async follow(
      caller: Caller,
      query: string,
      variables: Record<string, unknown> = {},
      lastEventId?: string,
    ): Promise<Followed> {
      const extensions = lastEventId === undefined ? undefined : { lastEventId }
      const body = JSON.stringify({ query, variables, extensions })
      const signed = signRequest({ method: 'POST', path: '/graphql', body }, caller, manifest.name, config.requestKey)
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...signed, 'content-type': 'application/json', accept: 'text/event-stream' },
        body,
      })
      return readFollowed(response)
    },
    async close() {
      await runtime.close()
      await Promise.all([db.orm.close(), own.orm.close()])
    },
  }
}

async function readFollowed(response: Response): Promise<Followed> {
  const text = await response.text()
  const nothing = { topic: null, more: false, ended: false, blocks: [], events: [], position: null }
  if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
    return { ...nothing, ...(JSON.parse(text) as Pick<Answer, 'errors'>) }
  const blocks = text.split('\n\n').slice(0, -1).map(readBlock)
  return {
    topic: response.headers.get('forgeops-topic'),
    more: response.headers.get('forgeops-more') === 'true',
    ended: response.headers.get('forgeops-ended') === 'true',
    blocks,
    events: blocks.filter(({ event }) => event === 'next').map(({ data }) => JSON.parse(data).data),
    position: blocks.findLast(({ id }) => id !== null)?.id ?? null,
  }
}

function readBlock(block: string): Followed['blocks'][number] {
  const lines = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
  )
  const id = lines.get('id')
  return { id: id === undefined ? null : Number(id), event: lines.get('event') ?? null, data: lines.get('data') ?? '' }
}
