import { DomainError } from '../errors/domain-error.ts'
import type { Ctx } from '../graphql/context.ts'
import type { Span } from '../telemetry/span.ts'

/**
 * Runs a transaction within a span of its own, so that its statements stand together.
 *
 * @param name what it does, bounded in number: `read`, or the action of a write
 */
export async function traced<T>(
  { span, db }: Pick<Ctx, 'db' | 'span'>,
  name: string,
  run: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (span?.recording !== true) return run(undefined)
  const own = span.child(name, 'internal', { 'db.system.name': 'postgresql', 'db.namespace': db.schema })
  try {
    return await run(own)
  } catch (error) {
    if (error instanceof DomainError) own.refuse(error.code)
    // Whether it is a failure of the request is told by what the request answers.
    else own.fail(error instanceof Error ? error.name : 'Error', true)
    throw error
  } finally {
    own.end()
  }
}
