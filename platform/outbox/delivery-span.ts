import type { SchemaName } from '../db/schemas.ts'
import type { Span } from '../telemetry/span.ts'
import type { Tracer } from '../telemetry/tracer.ts'

/** The delivery of an event, in the trace of whatever caused the event. Event types are few: they are part of the name. */
export const deliverySpan = (
  tracer: Tracer,
  schema: SchemaName,
  { type, traceparent }: { readonly type: string; readonly traceparent: string },
): Span =>
  tracer.begin(
    `process ${type}`,
    'consumer',
    { traceparent },
    {
      'messaging.system': 'forgeops.outbox',
      'messaging.operation.type': 'process',
      'messaging.destination.name': `${schema}.outbox`,
    },
  )
