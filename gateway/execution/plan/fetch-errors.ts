import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { traceIdOf } from '#platform/telemetry/trace-context'
import { SubgraphUnavailableError } from '../../errors/edge.errors.ts'
import { missingPaths } from '../missing-paths.ts'
import type { Variables } from '../operation.ts'
import type { EdgeContext } from '../request-context.ts'
import type { SubgraphFailure } from '../subgraph-answer.ts'
import type { Data } from './own.ts'
import { pathsAt, type ResponsePath } from './targets.ts'

/** How many errors one answer holds. */
const errorsMax = 1_000
/** How many fields one failed fetch names. */
const missingMax = 100

/** The fetch that an error is of. */
export interface FetchPlace {
  readonly subgraph: string
  readonly query: string
  readonly variables: Variables
  /** Where its objects are, in the plan's words. */
  readonly at: readonly string[]
  /** Of each of its objects, which representation it was asked for by; null for a fetch that begins at the root. */
  readonly placeOf: readonly number[] | null
}

/** What went wrong while a plan was executed, each with its path in the client's answer. */
export class FetchErrors {
  readonly list: GraphQLError[] = []
  readonly #data: Data

  constructor(data: Data) {
    this.#data = data
  }

  /** Errors that a subgraph answered, with paths in its own answer. */
  answered(errors: readonly GraphQLFormattedError[], place: FetchPlace): void {
    const paths = this.#pathsOf(place)
    for (const { message, path, extensions } of errors) {
      const facts = { ...extensions, serviceName: place.subgraph }
      const known = path === undefined ? [] : paths(path)
      // Of all entities at once, or of nothing in particular: it stands where the first of what is missing would.
      for (const at of known.length > 0 ? known : [this.#firstOf(place)]) this.#add(message, at, facts)
    }
  }

  /** There was no answer: every field that it would have had is missing. */
  unavailable(failure: SubgraphFailure, place: FetchPlace, { log, requestId, traceparent }: EdgeContext): void {
    const { kind: outcome, cause } = failure
    log.warn(
      { requestId, traceId: traceIdOf(traceparent), subgraph: place.subgraph, outcome, err: cause ?? failure },
      'subgraph failed',
    )
    const { message, code } = new SubgraphUnavailableError()
    const missing = this.#inOrder(missingPaths(place.query, place.variables), place).slice(0, missingMax)
    for (const path of missing.length > 0 ? missing : [this.#firstOf(place)]) this.#add(message, path, { code })
  }

  #add(message: string, path: ResponsePath, extensions: Record<string, unknown>): void {
    if (this.list.length < errorsMax) this.list.push(new GraphQLError(message, { path, extensions }))
  }

  /** The first field that the fetch would have brought; where it stands when its fields cannot be told. */
  #firstOf(place: FetchPlace): ResponsePath {
    const [first] = this.#inOrder(missingPaths(place.query, place.variables), place)
    return first ?? (place.placeOf === null ? [] : (pathsAt(this.#data, place.at)[0] ?? []))
  }

  /** Missing fields in the order of the client's answer. */
  #inOrder(missing: readonly ResponsePath[], { at, placeOf }: FetchPlace): readonly ResponsePath[] {
    if (placeOf === null) return missing.map((own) => [...at.filter((step) => step !== '@'), ...own])
    const ofPlace = Map.groupBy(missing, ([, place]) => place)
    return pathsAt(this.#data, at).flatMap((path, i) =>
      (ofPlace.get(placeOf[i] ?? -1) ?? []).map(([, , ...rest]) => [...path, ...rest]),
    )
  }

  /** From a path in the subgraph's answer to those in the client's: more than one, when several objects are one entity. */
  #pathsOf({ at, placeOf }: FetchPlace): (own: ResponsePath) => readonly ResponsePath[] {
    if (placeOf === null) {
      const before = at.filter((step) => step !== '@')
      return (own) => [[...before, ...own]]
    }
    let objects: readonly ResponsePath[] | undefined
    return ([, place, ...rest]) => {
      objects ??= pathsAt(this.#data, at)
      return objects.flatMap((path, i) => (placeOf[i] === place ? [[...path, ...rest]] : []))
    }
  }
}
