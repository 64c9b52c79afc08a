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

/**
 * Refuses an operation that asks for more than one of the root fields named, before any of it is executed: what is limited
 * by request could else be tried a hundred times in one.
 *
 * @param coordinates `Mutation.login` and so on
 */
export function oncePerOperation(
  coordinates: ReadonlySet<string>,
  listener: RefusalListener,
): ApolloServerPlugin<Asking> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, schema, contextValue: { caller, requestId, traceparent } }) {
          const root = operation && schema.getRootType(operation.operation)
          if (root == null || operation === undefined || coordinates.size === 0) return
          const asked = rootFieldsOf(document, operation)
          const found = [...asked.values()].map((name) => `${root.name}.${name}`).filter((one) => coordinates.has(one))
          if (found.length < 2) return
          const error = new OperationNotAllowedError(
            'An operation may authenticate once: send these fields one by one.',
          )
          const { code, message } = error
          listener.refused({ caller, coordinate: found[0] ?? null, code, requestId, traceparent })
          throw new GraphQLError(message, { originalError: error, extensions: { code, http: { status: 400 } } })
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
