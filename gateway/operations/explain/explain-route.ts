import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import { InvalidInputError } from '#platform/errors/common-errors'
import { errorBody } from '#platform/http/create-app'
import type { Logger } from '#platform/log/logger'
import type { RefusalListener } from '#platform/refusals/refusal'
import { isOperator, refuseNonOperator } from '../../authorization/operators.ts'
import { viewAsRole } from '../../authorization/view-as/view-as-role.ts'
import { statusOf } from '../../errors/status-of.ts'
import { paramsOf } from '../../http/graphql-params.ts'
import { contextOf, leaving } from '../../http/graphql-route.ts'
import type { Generations } from '../../supergraph/generations.ts'
import { publicAnswer, refusalOf } from '../answer-request.ts'
import { explainOperation } from './explain-operation.ts'

export interface ExplainParts {
  /** Run in this order; they say who asks. */
  readonly onRequest: readonly onRequestAsyncHookHandler[]
  readonly generations: Pick<Generations, 'hold'>
  readonly refusals: RefusalListener
  /** Whether anybody can sign in: where nobody can, which is never in production, everybody may ask. */
  readonly signIn: boolean
  readonly log: Logger
}

/**
 * `POST {path}/explain` for who holds `ops:read`, with a body as GraphQL has it: what would become of the operation, as
 * JSON. It is planned and never executed.
 */
export function registerExplain(app: FastifyInstance, path: string, parts: ExplainParts): void {
  const { generations, refusals, signIn, log } = parts
  const operatorsOnly: onRequestAsyncHookHandler = async (request, reply) =>
    signIn && !isOperator(request.caller)
      ? refuseNonOperator(request, reply, refusals, 'POST /graphql/explain')
      : undefined
  const onRequest = [...parts.onRequest, operatorsOnly, viewAsRole(refusals)]
  app.post(`${path}/explain`, { onRequest }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const context = contextOf(request, leaving(reply), log)
    const { generation, release } = generations.hold()
    try {
      const operation = await generation.operationOf(paramsOf(request), context)
      return await explainOperation(generation, operation, context)
    } catch (error) {
      if (error instanceof InvalidInputError) return reply.code(400).send(errorBody(error.code, error.message))
      const { errors } = publicAnswer({ errors: refusalOf(error) }, context)
      return reply.code(statusOf(errors?.[0]?.extensions?.code)).send({ errors })
    } finally {
      release()
    }
  })
}
