import type { ApolloServerPlugin } from '@apollo/server'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Caller } from '../caller/caller.ts'
import { OperationNotAllowedError } from '../errors/common-errors.ts'
import type { RefusalListener } from '../refusals/refusal.ts'

/** The tag of root fields by which somebody proves who they are. */
export const authenticationTag = 'authentication'

/** What a request must say of itself for its refusal to be recorded. */
interface Asking {
  readonly caller: Caller
  readonly requestId: string
  readonly traceparent: string
}

/** Which root fields of a schema an operation may ask for one of, and who hears of it when it asks for more. */
export interface OncePerOperation {
  /** `Mutation.login` and so on. */
  readonly coordinates: ReadonlySet<string>
  readonly listener: RefusalListener
}

/**
 * Refuses an operation that asks for more than one of certain root fields, before any of it is executed: what is limited by
 * request could else be tried a hundred times in one.
 *
 * @throws OperationNotAllowedError when it does
 */
export function refuseSeveral(
  { coordinates, listener }: OncePerOperation,
  root: string,
  { document, definition }: { readonly document: DocumentNode; readonly definition: OperationDefinitionNode },
  { caller, requestId, traceparent }: Asking,
): void {
  if (coordinates.size === 0) return
  const asked = rootFieldsOf(document, definition)
  const found = [...asked.values()].map((name) => `${root}.${name}`).filter((one) => coordinates.has(one))
  if (found.length < 2) return
  const error = new OperationNotAllowedError('An operation may authenticate once: send these fields one by one.')
  listener.refused({ caller, coordinate: found[0] ?? null, code: error.code, requestId, traceparent })
  throw error
}

/** `refuseSeveral` in a subgraph. */
export function oncePerOperation(once: OncePerOperation): ApolloServerPlugin<Asking> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation: definition, schema, contextValue }) {
          const root = definition && schema.getRootType(definition.operation)
          if (root == null || definition === undefined) return
          try {
            refuseSeveral(once, root.name, { document, definition }, contextValue)
          } catch (error) {
            if (!(error instanceof OperationNotAllowedError)) throw error
            const { code, message } = error
            throw new GraphQLError(message, { originalError: error, extensions: { code, http: { status: 400 } } })
          }
        },
      }
    },
  }
}

/**
 * The fields at the root of an operation by their key in the answer, whatever `@skip` and `@include` say. Fields of one
 * key are executed as one (GraphQL §5.3.2, of a valid document).
 */
export function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): ReadonlyMap<string, string> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const names = new Map<string, string>()
  const sets: SelectionSetNode[] = [operation.selectionSet]
  for (let set = sets.pop(); set !== undefined; set = sets.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) names.set(selection.alias?.value ?? selection.name.value, selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) sets.push(selection.selectionSet)
      else {
        const fragment = fragments.get(selection.name.value)
        // Once is enough: another spread of it adds no key.
        if (fragments.delete(selection.name.value) && fragment !== undefined) sets.push(fragment.selectionSet)
      }
    }
  }
  return names
}
