import { z } from 'zod'
import type { EgressResponse } from '#platform/http/egress/egress'
import {
  ConnectorAnswerUnreadableError,
  ConnectorGraphqlErrorsError,
  ConnectorHttpStatusError,
} from '../connector.errors.ts'
import { retryableStatus } from '../guarded-request.ts'

const errorsNamedMax = 5
const messageLengthMax = 300

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }))
    .optional(),
})

/** What may be otherwise a moment later; everything else would be answered in the same way again. */
const passingCodes: ReadonlySet<string> = new Set(['SUBGRAPH_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'])

/**
 * The `data` of a query's answer (GraphQL over HTTP §7).
 *
 * @throws ConnectorGraphqlErrorsError when it has errors, ConnectorHttpStatusError when it is no GraphQL answer and its
 *   status says why, ConnectorAnswerUnreadableError otherwise
 */
export function readGraphqlAnswer(answer: Pick<EgressResponse, 'status' | 'body'>): unknown {
  const parsed = answerSchema.safeParse(jsonOf(answer.body))
  const errors = (parsed.data?.errors ?? []).map(({ message, extensions }) => ({
    code: extensions?.code ?? 'UNKNOWN',
    message: message.slice(0, messageLengthMax),
  }))
  if (errors.length > 0) {
    const retryable = errors.every(({ code }) => passingCodes.has(code))
    throw new ConnectorGraphqlErrorsError(errors.slice(0, errorsNamedMax), retryable)
  }
  if (answer.status >= 400) throw new ConnectorHttpStatusError(answer.status, retryableStatus(answer.status, true))
  if (!parsed.success || parsed.data.data === undefined)
    throw new ConnectorAnswerUnreadableError('it is not a GraphQL answer', true)
  return parsed.data.data
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
