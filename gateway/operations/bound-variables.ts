import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { EdgeContext } from '../execution/request-context.ts'

/**
 * Refuses variables whose objects and lists are nested deeper than `levelsMax`. JSON is read at any depth, but writing it
 * again for a subgraph is recursive: some thousands of levels exhaust the stack.
 */
export function boundVariables(levelsMax: number): ApolloServerPlugin<EdgeContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request }) {
          if (isDeeper(request.variables, levelsMax))
            throw new GraphQLError(`The variables are nested more than ${levelsMax} levels deep.`, {
              extensions: { code: 'OPERATION_TOO_COMPLEX', http: { status: 400 } },
            })
        },
      }
    },
  }
}

/** Whether a value of JSON has more than `levelsMax` objects and lists within each other. */
export function isDeeper(value: unknown, levelsMax: number): boolean {
  let here = [value].filter(isContainer)
  for (let levels = 0; here.length > 0; levels += 1) {
    if (levels === levelsMax) return true
    here = here.flatMap((each) => Object.values(each).filter(isContainer))
  }
  return false
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
