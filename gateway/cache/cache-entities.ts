import type { GraphQLFormattedError } from 'graphql'
import type { SubgraphAnswer } from '../execution/subgraph-answer.ts'
import type { Fetch, SubgraphFetch } from '../execution/subgraph-fetch.ts'
import type { AnswerCache, Place, Ticket } from './answer-cache.ts'
import type { Known } from './known-operations.ts'
import { lifetimeOfAnswer } from './lifetime-of-answer.ts'
import { readerAlone, readersLike } from './reader.ts'
import type { Kept } from './shared-layer.ts'
import { anyOf, everywhere, nounOf, oneOf, returnedOf } from './tags.ts'

export interface EntityQuestion {
  readonly cache: AnswerCache
  readonly scope: string
  readonly known: Known
  readonly fetch: SubgraphFetch
  readonly representations: readonly unknown[]
  readonly ask: Fetch
}

/** Asks for those entities only of which none is kept; each is kept by itself, by the fields that were asked of it. */
export async function cacheEntities(question: EntityQuestion): Promise<SubgraphAnswer> {
  const { cache, fetch, representations, known } = question
  const places = placesOf(question)
  const { found, ticket } = await cache.look([...places.alone, ...places.like])
  const kept = representations.map((_, i) => found[i] ?? found[i + representations.length] ?? null)
  const missing = representations.flatMap((_, i) => (kept[i] === null ? [i] : []))
  for (const one of kept) {
    cache.metrics.found('entity', one?.layer ?? null)
    if (one !== null) fetch.context.freshness?.add(one.kept, known.nouns)
  }
  const entities = kept.map((one) => (one === null ? null : JSON.parse(one.kept.text)))
  if (missing.length === 0) return { data: { _entities: entities }, errors: [], cacheControl: null }
  const answer = await question.ask(fetchOf(missing, question))
  await keepAll(answer, missing, places, ticket, cache)
  const answered = (answer.data?._entities ?? []) as readonly unknown[]
  for (const [n, i] of missing.entries()) entities[i] = answered[n] ?? null
  return {
    data: { _entities: entities },
    errors: answer.errors.map((error) => atItsPlace(error, missing)),
    cacheControl: answer.cacheControl,
  }
}

interface EntityPlaces {
  readonly alone: readonly Place[]
  readonly like: readonly Place[]
}

function placesOf({ scope, known, fetch, representations }: EntityQuestion): EntityPlaces {
  const { query, context } = fetch
  const { representations: _, ...variables } = fetch.variables
  const question = JSON.stringify([scope, query, variables])
  const [alone, like] = [readerAlone(context), readersLike(context)]
  const all = representations.map((representation) => ({
    key: `${question} ${JSON.stringify(representation)}`,
    tags: entityTags(representation, known.nouns, context.caller.organizationId),
  }))
  const readBy = (reader: string) => all.map(({ key, tags }) => ({ key: `${key} ${reader}`, tags }))
  return { alone: readBy(alone), like: readBy(like) }
}

/** An entity hangs on its own changes, if it has an id to be named by, and on all changes of whatever else stands in it. */
function entityTags(representation: unknown, nouns: readonly string[], organizationId: string): readonly string[] {
  const { __typename, id } = representation as { __typename?: unknown; id?: unknown }
  const own = typeof id === 'string' ? nounOf(String(__typename)) : null
  return nouns.flatMap((noun) => {
    const changed = noun === own ? oneOf(noun, String(id)) : anyOf(noun)
    return [changed(organizationId), returnedOf(noun)(organizationId), everywhere(noun)]
  })
}

const fetchOf = (missing: readonly number[], { fetch, representations }: EntityQuestion): SubgraphFetch =>
  missing.length === representations.length
    ? fetch
    : { ...fetch, variables: { ...fetch.variables, representations: missing.map((i) => representations[i]) } }

async function keepAll(
  answer: SubgraphAnswer,
  missing: readonly number[],
  { alone, like }: EntityPlaces,
  ticket: Ticket,
  cache: AnswerCache,
): Promise<void> {
  const lifetime = lifetimeOfAnswer(answer)
  if (lifetime === null) return
  const places = lifetime.isPublic ? like : alone
  const entities = answer.data?._entities as readonly unknown[]
  await Promise.all(
    missing.map((i, n) => {
      const kept: Kept = { ...lifetime, text: JSON.stringify(entities[n] ?? null) }
      const place = places[i]
      return place === undefined ? undefined : cache.keep('entity', place, kept, ticket)
    }),
  )
}

function atItsPlace(error: GraphQLFormattedError, missing: readonly number[]): GraphQLFormattedError {
  const [root, n, ...below] = error.path ?? []
  if (root !== '_entities' || typeof n !== 'number') return error
  return { ...error, path: [root, missing[n] ?? n, ...below] }
}
