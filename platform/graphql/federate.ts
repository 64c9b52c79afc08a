import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph'
import { type DocumentNode, type GraphQLSchema, Kind, parse, print } from 'graphql'
import { type BuildSchemaOptions, buildSchema, createResolversMap } from 'type-graphql'
import { doOnceByKey } from '../idempotency/once-by-key.ts'
import { type CacheHints, hintCaching } from './cache-hints.ts'
import { guard } from './guard.ts'
import type { PermissionMap } from './rules.ts'
import { withListSizes } from './write-list-sizes.ts'
import { specifications, withRights } from './write-rights.ts'

/** Finds the entity that a representation means; null when there is none that this caller may know of. */
export type ReferenceResolver = (reference: never, ctx: never) => unknown

export interface SubgraphParts {
  readonly resolvers: readonly (new (...args: never[]) => object)[]
  /** Types that only other subgraphs reach, e.g. stubs of their entities. */
  readonly orphanedTypes?: readonly (new () => object)[]
  readonly references: Readonly<Record<string, ReferenceResolver>>
  readonly permissions: PermissionMap
  /** What of it may be kept; without any nothing may. */
  readonly caching?: CacheHints
}

const noPubSub: NonNullable<BuildSchemaOptions['pubSub']> = {
  publish: () => {
    throw new Error('Nothing is published in a process: the outbox carries events.')
  },
  subscribe: () => {
    throw new Error('A subscription has a source of its own.')
  },
}

/** type-graphql classes → a guarded Federation 2 subgraph schema and its SDL with the rights written into it. */
export async function federate(parts: SubgraphParts): Promise<{ schema: GraphQLSchema; sdl: string }> {
  const codeFirst = await buildSchema({
    resolvers: parts.resolvers as unknown as BuildSchemaOptions['resolvers'],
    orphanedTypes: [...(parts.orphanedTypes ?? [])],
    validate: false,
    // Federation's directives are unknown to graphql-js's own check; buildSubgraphSchema checks them.
    skipCheck: true,
    // Every subscription has a source of its own; type-graphql asks for one that they share.
    pubSub: noPubSub,
  })
  const resolvers = createResolversMap(codeFirst) as Record<string, Record<string, unknown>>
  for (const [type, resolveReference] of Object.entries(parts.references)) {
    resolvers[type] = {
      ...resolvers[type],
      __resolveReference: (reference: unknown, ctx: unknown) => resolveReference(reference as never, ctx as never),
    }
  }
  const printed = withRights(withListSizes(parse(printSubgraphSchema(codeFirst))), parts.permissions)
  const typeDefs: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [...specifications.definitions, ...printed.definitions],
  }
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }])
  doOnceByKey(schema)
  const guarded = guard(schema, parts.permissions)
  return { schema: hintCaching(guarded, parts.caching ?? {}), sdl: `${print(typeDefs)}\n` }
}
