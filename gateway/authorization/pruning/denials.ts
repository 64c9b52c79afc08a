import { GraphQLError } from 'graphql'
import type { Caller } from '#platform/caller/caller'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import { UnauthorizedFieldError } from '../../errors/edge.errors.ts'
import { allHold, type Variables } from './conditions.ts'
import type { PrunedOperation } from './prune-operation.ts'
import type { Denial } from './selected.ts'

/** How many denied fields one answer names; further ones are null without a word. */
const namedMax = 1_000

/** The fields that were denied with these variables, each place in the answer once. */
export function denialsWith(pruned: PrunedOperation, variables: Variables): readonly Denial[] {
  const places = new Map<string, Denial>()
  for (const denial of pruned.denials) {
    const place = denial.path.join(' ')
    if (!places.has(place) && allHold(denial.when, variables)) places.set(place, denial)
  }
  return [...places.values()]
}

/** One error for each, at its path. None says which right is missing: that would tell what a token is worth. */
export const errorsOf = (denials: readonly Denial[], caller: Caller): readonly GraphQLError[] => {
  const { code, message } = refusalOf(caller)
  return denials.slice(0, namedMax).map(({ path }) => new GraphQLError(message, { path, extensions: { code } }))
}

/** The code of what is denied to a caller. */
export const codeFor = (caller: Caller): string => refusalOf(caller).code

const refusalOf = (caller: Caller) =>
  caller.kind === 'anonymous' ? new UnauthenticatedError() : new UnauthorizedFieldError()
