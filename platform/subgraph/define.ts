import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../caller/caller.ts'
import type { ProcessConfig } from '../config/process.config.ts'
import type { Database, DatabaseManifest } from '../db/database.ts'
import type { Ctx } from '../graphql/context.ts'
import type { SubgraphParts } from '../graphql/federate.ts'
import { pagePermissions } from '../graphql/page.permissions.ts'
import { mergePermissions, type PermissionMap } from '../graphql/rules.ts'
import type { Runtime } from '../http/runtime.ts'
import type { NonceStore } from '../replay/nonce-store.ts'

export interface SubgraphConfig extends ProcessConfig {
  readonly port: number
  readonly databaseUrl: string
  /** Verifies that a request comes from the gateway. */
  readonly requestKey: Uint8Array
}

/** What a subgraph says of itself, once: the server, the schema emitter and the tests all read this. */
export interface SubgraphManifest<C extends SubgraphConfig, Parts> extends SubgraphParts {
  readonly name: string
  readonly database: DatabaseManifest
  /** Opens what resolvers need besides the database. */
  readonly open: (config: C, runtime: Runtime, db: Database) => Promise<Parts> | Parts
  /** HTTP routes beside GraphQL; they check their callers themselves. */
  readonly routes?: (app: FastifyInstance, services: RouteServices<C, Parts>) => void
}

export interface RouteServices<C, Parts> {
  readonly config: C
  readonly db: Database
  readonly parts: Parts
  /** For signed routes that change something. */
  readonly nonces: NonceStore
  readonly runtime: Runtime
}

/** What a request to one of a subgraph's own routes knows, as a GraphQL request would. */
export const routeCtx = <C, Parts>(
  { db, parts, runtime }: RouteServices<C, Parts>,
  caller: Caller,
  request: FastifyRequest,
): Ctx<Parts> => ({
  caller,
  db,
  parts,
  requestId: request.id,
  traceparent: request.traceparent,
  span: request.span,
  log: runtime.log,
  loaders: new Map(),
})

export function defineSubgraph<C extends SubgraphConfig, Parts>(
  manifest: Omit<SubgraphManifest<C, Parts>, 'permissions'> & { readonly permissions: readonly PermissionMap[] },
): SubgraphManifest<C, Parts> {
  return { ...manifest, permissions: mergePermissions([pagePermissions, ...manifest.permissions]) }
}
