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
    /** Asks over HTTP, signed for `caller`. */
    async ask(caller: Caller, query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
      const body = JSON.stringify({ query, variables })
      const signed = signRequest({ method: 'POST', path: '/graphql', body }, caller, manifest.name, config.requestKey)
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...signed, 'content-type': 'application/json' },
        body,
      })
      return (await response.json()) as Answer
    },
    async close() {
      await runtime.close()
      await Promise.all([db.orm.close(), own.orm.close()])
    },
  }
}
