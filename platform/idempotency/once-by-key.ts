import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import { read } from '../db/read.ts'
import type { Ctx } from '../graphql/context.ts'
import { authenticationTag } from '../graphql/once-per-operation.ts'
import { taggedFields } from '../graphql/tagged-fields.ts'
import { Claim, DoneBefore } from './claim.ts'
import { Turns } from './turns.ts'

/** The tag of mutations whose answer may hold a secret, or what must be forgotten: it is never stored. */
export const answerNotKeptTag = 'answer-not-kept'

const waitMs = 5_000

/**
 * Has every mutation done once for each Idempotency-Key of its caller: `write` stores the answer with what was done, and
 * a repetition gets it. Of mutations whose answer is not kept a repetition learns that they were done. Left out are those
 * by which somebody proves who they are: the credential itself is spent, or counted, at each use.
 *
 * @param schema its mutations' resolvers are replaced; what guards them is to stand before
 */
export function doOnceByKey(schema: GraphQLSchema): void {
  const authenticating = taggedFields(schema, authenticationTag)
  const notKept = taggedFields(schema, answerNotKeptTag)
  const turns = new Turns(waitMs)
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const coordinate = `Mutation.${field.name}`
    if (authenticating.has(coordinate)) continue
    const resolve = (field.resolve ?? defaultFieldResolver) as Resolver
    field.resolve = onceByKey(coordinate, !notKept.has(coordinate), resolve, turns)
  }
}

type Resolver = GraphQLFieldResolver<unknown, Ctx>

const onceByKey =
  (coordinate: string, keepsAnswer: boolean, resolve: Resolver, turns: Turns): Resolver =>
  (parent, args, ctx, info) => {
    const { caller, idempotencyKey, db, log, requestId } = ctx
    // Nobody in particular has no intentions that could be told from another's.
    if (idempotencyKey == null || caller.kind !== 'user') return resolve(parent, args, ctx, info)
    const responseKey = String(info.path.key)
    const claim = new Claim(caller, idempotencyKey, { coordinate, responseKey, args, keepsAnswer })
    return turns.take(claim.id, async () => {
      try {
        await read(ctx, (em) => claim.find(em, db.schema))
        const answer = await resolve(parent, args, { ...ctx, claim }, info)
        if (keepsAnswer && claim.kept !== undefined && claim.kept.value !== answer)
          log.error({ requestId, coordinate }, 'the answer is not the one that was kept')
        return answer
      } catch (error) {
        if (error instanceof DoneBefore) return error.answer
        throw error
      }
    })
  }
