import { createHash } from 'node:crypto'
import { write } from '#platform/db/write'
import { DomainError } from '#platform/errors/domain-error'
import type { Ctx } from '#platform/graphql/context'
import type { Definition } from '../agent/definition/definition.ts'
import { storableText } from '../json/storable-json.ts'
import type { RunEnding } from '../run/run.entity.ts'
import { runIs } from '../run/run.status.ts'

/** Evaluates a JSONata expression over `{ input }`. */
export type KeyEvaluator = (expression: string, scope: { readonly input: unknown }) => Promise<unknown>

/**
 * Evaluates the keys of a queued run's limits over its input and keeps them with it: once, whoever looks at the run first.
 * A run whose key cannot be told is brought to its end as a failure of the expression.
 *
 * @throws what the evaluator throws when it can be tried again
 */
export async function decideKeys(
  ctx: Ctx,
  runId: string,
  { limits = {} }: Definition,
  input: object,
  evaluate: KeyEvaluator = refuse,
): Promise<void> {
  let ending: RunEnding | null = null
  const keyOf = async (expression: string | undefined) =>
    expression === undefined ? null : keyText(await evaluate(expression, { input }))
  const keys: (string | null)[] = [null, null]
  try {
    keys[0] = await keyOf(limits.concurrency?.key)
    keys[1] = await keyOf(limits.rate?.key)
  } catch (error) {
    if (!(error instanceof DomainError) || ('retryable' in error && error.retryable === true)) throw error
    ending = { status: 'FAILED', error: { code: error.code, message: storableText(error.message), step: null } }
  }
  await write(ctx, 'run.limits-decided', async (tx) => {
    tx.unchanged()
    await tx.em.execute(
      `update agents.run set concurrency_key = ?, rate_key = ?, ending = ?::jsonb
       where organization_id = ? and id = ? and ${runIs.queued}`,
      [...keys, ending && JSON.stringify(ending), ctx.caller.organizationId, runId],
    )
  })
}

/** Different values have different texts; long ones are told by their hash. */
function keyText(value: unknown): string {
  const text = JSON.stringify(value ?? null)
  return text.length <= 100 ? text : createHash('sha256').update(text).digest('base64url')
}

const refuse = () => Promise.reject(new Error('Nothing here evaluates keys.'))
