import { newId } from '../id.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from './metrics.ts'
import { type OtlpTarget, otlpSender } from './otlp-sender.ts'
import { SpanBuffer, type SpanBufferLimits } from './span-buffer.ts'
import { Tracer } from './tracer.ts'

export interface TelemetryConfig {
  /** Where traces are sent; null: nothing is recorded, and nothing leaves to anyone. */
  readonly traces: OtlpTarget | null
  /** The share of traces that is kept though nothing failed, between 0 and 1. */
  readonly sampleRatio: number
}

export interface TelemetryParts {
  readonly service: string
  readonly version: string
  readonly environment: string
  readonly log: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<SpanBufferLimits>
}

/** The tracer of a process, and how it hands over what it still holds. */
export function openTelemetry(config: TelemetryConfig, { log, metrics, limits = {}, ...service }: TelemetryParts) {
  if (config.traces === null) return { tracer: new Tracer(config.sampleRatio, null), close: async () => undefined }
  const sender = otlpSender(config.traces, { ...service, instance: newId() })
  const buffer = new SpanBuffer({ send: sender.send, log, metrics, limits })
  return {
    tracer: new Tracer(config.sampleRatio, buffer),
    close: async () => {
      await buffer.close()
      // What it is still sending then took too long already.
      sender.close()
    },
  }
}
