import type { SubgraphAnswer } from '../execution/subgraph-answer.ts'
import type { Fetch, FetchStage, SubgraphFetch } from '../execution/subgraph-fetch.ts'
import type { AnswerCache, Place, Ticket } from './answer-cache.ts'
import { cacheEntities } from './cache-entities.ts'
import { type Known, KnownOperations } from './known-operations.ts'
import { lifetimeOfAnswer } from './lifetime-of-answer.ts'
import { OneFiller } from './one-filler.ts'
import { readerAlone, readersLike } from './reader.ts'
import type { Kept } from './shared-layer.ts'
import { tagsOf } from './tags.ts'

export interface FetchCacheParts {
  readonly cache: AnswerCache
  /** What keys begin with: supergraph and subgraph. */
  readonly scope: string
  /** The nouns of what an answer may speak of, by the text of the fetch. */
  readonly nounsIn: (query: string) => readonly string[]
}

/**
 * Answers reads of one subgraph from what it said may be kept (`Cache-Control`): whole answers by text and variables,
 * entities one by one. Errors are never kept.
 */
export function cacheFetches({ cache, scope, nounsIn }: FetchCacheParts): FetchStage {
  const known = new KnownOperations((nouns) => cache.follow(nouns))
  const filler = new OneFiller()
  return (next) => {
    const learning: Fetch = async (fetch) => {
      const answer = await next(fetch)
      const lifetime = lifetimeOfAnswer(answer)
      const before = known.get(fetch.query)
      const nouns = lifetime === null ? [] : (before?.nouns ?? nounsIn(fetch.query))
      if (lifetime !== null || before !== undefined)
        known.learn(fetch.query, lifetime && { isPublic: lifetime.isPublic, nouns })
      fetch.context.freshness?.add(lifetime, nouns)
      return answer
    }
    return (fetch) => {
      const seen = fetch.kind === 'query' ? known.get(fetch.query) : undefined
      if (seen === undefined) return learning(fetch)
      const { representations } = fetch.variables
      if (Array.isArray(representations))
        return cacheEntities({ cache, scope, known: seen, fetch, representations, ask: learning })
      return cacheWhole(fetch, seen)
    }

    async function cacheWhole(fetch: SubgraphFetch, seen: Known): Promise<SubgraphAnswer> {
      const places = placesOf(fetch, seen)
      const { found, ticket } = await cache.look(places)
      const kept = found.find((one) => one !== null)
      cache.metrics.found('fetch', kept?.layer ?? null)
      if (kept !== undefined) return answerFrom(kept.kept, fetch, seen)
      const [alone, like] = places
      return filler.run(
        (seen.isPublic ? like : alone).key,
        () => {
          const filled = places.map((place) => cache.inMemory(place)).find((one) => one !== null)
          return filled === undefined ? null : answerFrom(filled, fetch, seen)
        },
        async () => keepWhole(await learning(fetch), places, ticket),
      )
    }

    async function keepWhole(answer: SubgraphAnswer, places: Places, ticket: Ticket): Promise<SubgraphAnswer> {
      const lifetime = lifetimeOfAnswer(answer)
      if (lifetime === null) return answer
      const [alone, like] = places
      const kept = { ...lifetime, text: JSON.stringify(answer.data) }
      await cache.keep('fetch', lifetime.isPublic ? like : alone, kept, ticket)
      return answer
    }
  }

  function placesOf({ query, variables, context }: SubgraphFetch, { nouns }: Known): Places {
    const question = JSON.stringify([scope, query, variables])
    const tags = tagsOf(nouns, context.caller.organizationId)
    return [
      { key: `${question} ${readerAlone(context)}`, tags },
      { key: `${question} ${readersLike(context)}`, tags },
    ]
  }
}

/** Where the caller's own answer is kept, and where one for everybody with the same rights. */
type Places = readonly [alone: Place, like: Place]

function answerFrom(kept: Kept, { context }: SubgraphFetch, { nouns }: Known): SubgraphAnswer {
  context.freshness?.add(kept, nouns)
  return { data: JSON.parse(kept.text), errors: [], cacheControl: null }
}
