import { z } from 'zod'
import type { TelemetryConfig } from '../telemetry/telemetry.ts'
import { durationMs, httpUrl, namedList, pauseMs, share } from './units.ts'

/** Probes ask every few seconds, and load balancers take a while to hear of it. */
const productionDelayMs = 5_000

/** What every process reads, whatever it serves. */
export const processVariables = {
  ENVIRONMENT: z
    .enum(['production', 'development'], { error: 'must be production or development' })
    .default('production'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { error: 'must be a pino level' })
    .default('info'),
  HOST: z.string().default('127.0.0.1'),
  SHUTDOWN_DELAY_MS: pauseMs().optional(),
  SHUTDOWN_GRACE_MS: durationMs(10_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: namedList(z.string()),
  OTEL_TRACES_SAMPLER_ARG: share(0.1),
}

export interface ProcessConfig {
  readonly environment: 'production' | 'development'
  readonly logLevel: string
  readonly host: string
  /** For how long requests are still served, after whoever sends them was told to send them elsewhere. */
  readonly shutdownDelayMs: number
  /** How long the end itself may take, after that. */
  readonly shutdownGraceMs: number
  readonly telemetry: TelemetryConfig
}

export const processConfig = (v: {
  ENVIRONMENT: ProcessConfig['environment']
  LOG_LEVEL: string
  HOST: string
  SHUTDOWN_DELAY_MS?: number | undefined
  SHUTDOWN_GRACE_MS: number
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_HEADERS: ReadonlyMap<string, string>
  OTEL_TRACES_SAMPLER_ARG: number
}): ProcessConfig => ({
  environment: v.ENVIRONMENT,
  logLevel: v.LOG_LEVEL,
  host: v.HOST,
  shutdownDelayMs: v.SHUTDOWN_DELAY_MS ?? (v.ENVIRONMENT === 'production' ? productionDelayMs : 0),
  shutdownGraceMs: v.SHUTDOWN_GRACE_MS,
  telemetry: {
    traces:
      v.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? null
        : { endpoint: v.OTEL_EXPORTER_OTLP_ENDPOINT, headers: v.OTEL_EXPORTER_OTLP_HEADERS },
    sampleRatio: v.OTEL_TRACES_SAMPLER_ARG,
  },
})
