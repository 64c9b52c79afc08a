import { z } from 'zod'
import { durationMs } from './units.ts'

/** What every process reads, whatever it serves. */
export const processVariables = {
  ENVIRONMENT: z
    .enum(['production', 'development'], { error: 'must be production or development' })
    .default('production'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { error: 'must be a pino level' })
    .default('info'),
  HOST: z.string().default('127.0.0.1'),
  SHUTDOWN_GRACE_MS: durationMs(10_000),
}

export interface ProcessConfig {
  readonly environment: 'production' | 'development'
  readonly logLevel: string
  readonly host: string
  readonly shutdownGraceMs: number
}

export const processConfig = (v: {
  ENVIRONMENT: ProcessConfig['environment']
  LOG_LEVEL: string
  HOST: string
  SHUTDOWN_GRACE_MS: number
}): ProcessConfig => ({
  environment: v.ENVIRONMENT,
  logLevel: v.LOG_LEVEL,
  host: v.HOST,
  shutdownGraceMs: v.SHUTDOWN_GRACE_MS,
})
