import type { GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Answer, Operation, Stage } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import type { AnswerCache, Place } from './answer-cache.ts'
import { Freshness } from './freshness.ts'
import { type Known, KnownOperations } from './known-operations.ts'
import { OneFiller } from './one-filler.ts'
import { readerAlone, readersLike } from './reader.ts'
import type { Kept } from './shared-layer.ts'
import { tagsOf } from './tags.ts'
import { nounsOver } from './touched-nouns.ts'

/**
 * Answers queries from earlier answers, where everything in them may be kept; and strikes out what a mutation returned.
 * Answers with errors are never kept, and so none that lacks a field its caller may not see.
 *
 * @param supergraphId what keys begin with
 */
export function cacheAnswers(cache: AnswerCache, supergraphId: string, schema: GraphQLSchema): Stage {
  const known = new KnownOperations((nouns) => cache.follow(nouns))
  const filler = new OneFiller()
  const nounsIn = nounsOver(schema)
  const returned = new LRUCache<string, readonly string[]>({ max: 1_000 })
  const nounsOf = ({ hash, document }: Operation) => {
    const nouns = returned.get(hash) ?? nounsIn(document)
    returned.set(hash, nouns)
    return nouns
  }

  return (next) => {
    return async (operation, context) => {
      if (operation.kind === 'mutation') return changing(operation, context)
      const name = `${operation.hash} ${operation.definition.name?.value ?? ''}`
      const seen = known.get(name)
      if (seen === undefined) return learning(name, operation, context)
      const places = placesOf(name, operation, context, seen, supergraphId)
      const { found, ticket } = await cache.look(places)
      const kept = found.find((one) => one !== null)
      cache.metrics.found('answer', kept?.layer ?? null)
      if (kept !== undefined) return answerFrom(kept.kept)
      const [alone, like] = places
      return filler.run(
        (seen.isPublic ? like : alone).key,
        () => {
          const filled = places.map((place) => cache.inMemory(place)).find((one) => one !== null)
          return filled == null ? null : answerFrom(filled)
        },
        async () => {
          const answer = await learning(name, operation, context)
          if (answer.lifetime === undefined || !isCovered(known.get(name), seen)) return answer
          const text = JSON.stringify(answer.data)
          await cache.keep('answer', answer.lifetime.isPublic ? like : alone, { ...answer.lifetime, text }, ticket)
          return answer
        },
      )
    }

    async function learning(name: string, operation: Operation, context: EdgeContext): Promise<Answer> {
      const freshness = new Freshness()
      const answer = await next(operation, { ...context, freshness })
      const lifetime = answer.data == null || answer.errors !== undefined ? null : freshness.whole
      if (lifetime !== null) known.learn(name, { isPublic: lifetime.isPublic, nouns: freshness.nouns })
      else if (answer.errors === undefined) known.learn(name, null)
      return lifetime === null || answer.extensions !== undefined ? answer : { ...answer, lifetime }
    }

    async function changing(operation: Operation, context: EdgeContext): Promise<Answer> {
      try {
        return await next(operation, context)
      } finally {
        // Also after an error: how far it came is not known.
        await cache.mutated(context.caller.organizationId, nounsOf(operation))
      }
    }
  }
}

const answerFrom = (kept: Kept): Answer => ({ data: JSON.parse(kept.text), lifetime: kept })

/** Whether what was looked for hung on all that the answer speaks of: other variables may have led to more. */
const isCovered = (now: Known | undefined, then: Known) =>
  now?.nouns.every((noun) => then.nouns.includes(noun)) === true

function placesOf(
  name: string,
  { variables }: Operation,
  context: EdgeContext,
  { nouns }: Known,
  supergraphId: string,
): readonly [alone: Place, like: Place] {
  const question = JSON.stringify([supergraphId, name, variables])
  const tags = tagsOf(nouns, context.caller.organizationId)
  return [
    { key: `${question} ${readerAlone(context)}`, tags },
    { key: `${question} ${readersLike(context)}`, tags },
  ]
}
