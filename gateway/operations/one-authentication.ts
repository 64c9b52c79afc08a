import type { GraphQLSchema } from 'graphql'
import { type OncePerOperation, refuseSeveral } from '#platform/graphql/once-per-operation'
import type { Check } from '../execution/operation.ts'

/** Refuses operations by which somebody would try to prove more than once who they are. */
export const oneAuthentication =
  (once: OncePerOperation, schema: GraphQLSchema): Check =>
  (operation, context) =>
    refuseSeveral(once, schema.getRootType(operation.definition.operation)?.name ?? '', operation, context)
