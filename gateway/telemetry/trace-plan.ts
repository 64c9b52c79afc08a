import type { Span } from '#platform/telemetry/span'

/** A span for the planning of an operation, which most requests find done. */
export async function tracePlan<T>(planning: Promise<T>, span: Span | undefined): Promise<T> {
  const own = span?.child('plan', 'internal')
  try {
    return await planning
  } catch (error) {
    own?.fail(error instanceof Error ? error.name : 'Error', true)
    throw error
  } finally {
    own?.end()
  }
}
