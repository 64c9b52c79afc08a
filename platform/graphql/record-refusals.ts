import type { ApolloServerPlugin } from '@apollo/server'
import {
  type ASTNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { DomainError } from '../errors/domain-error.ts'
import type { RefusalListener } from '../refusals/refusal.ts'
import type { Ctx } from './context.ts'
import { originalOf } from './format-error.ts'

/**
 * Tells `listener` of every refusal among the errors of an answer, those of one field and code together, unless a record
 * of it was committed already. What a caller may not know of is NOT_FOUND, and that is no refusal: it would tell.
 */
export function recordRefusals(schema: GraphQLSchema, listener: RefusalListener): ApolloServerPlugin<Ctx> {
  const tell = refusalTeller(schema, listener)
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ errors = [], document, contextValue }) {
          if (document !== undefined) tell(document, errors, contextValue)
        },
      }
    },
  }
}

/** Tells `listener` of the refusals among the errors that executing a document made. */
export const refusalTeller =
  (schema: GraphQLSchema, listener: RefusalListener) =>
  (document: DocumentNode, errors: readonly GraphQLError[], { caller, requestId, traceparent }: Ctx): void => {
    const refused = errors.filter(isUnrecordedRefusal)
    if (refused.length === 0) return
    const coordinates = coordinatesOf(schema, document, new Set(refused.flatMap(({ nodes = [] }) => nodes)))
    const kinds = Map.groupBy(refused, (error) => {
      const { code } = originalOf(error) as DomainError
      return JSON.stringify([error.nodes?.[0] && coordinates.get(error.nodes[0]), code])
    })
    for (const [kind, { length }] of kinds) {
      const [coordinate, code] = JSON.parse(kind) as [string | null, string]
      listener.refused({ caller, coordinate, code, requestId, traceparent }, length)
    }
  }

function isUnrecordedRefusal(error: GraphQLError): boolean {
  const original = originalOf(error)
  return original instanceof DomainError && original.refusal && !original.recorded
}

function coordinatesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  nodes: ReadonlySet<ASTNode>,
): ReadonlyMap<ASTNode, string> {
  const coordinates = new Map<ASTNode, string>()
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: (node) => {
        if (nodes.has(node)) coordinates.set(node, `${types.getParentType()?.name}.${node.name.value}`)
      },
    }),
  )
  return coordinates
}
