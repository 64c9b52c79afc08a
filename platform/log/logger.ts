import pino, { type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** Keys whose values never reach a log, at any of the depths we log. Tested with canaries. */
const secretKeys = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'secrets',
  'token',
  'accessToken',
  'refreshToken',
  'invitationToken',
  'apiKey',
  'signature',
  'body',
  'variables',
  'x-api-key',
  'forgeops-caller',
]
const paths = secretKeys.flatMap((k) => [`["${k}"]`, `*["${k}"]`, `*.*["${k}"]`, `*.*.*["${k}"]`])

export interface LoggerOptions {
  readonly service: string
  readonly version: string
  readonly environment: string
  readonly level: string
}

/** JSON lines on standard output, each with service, version and environment; known secret keys are masked. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const { level, ...base } = options
  return pino(
    {
      level,
      base,
      redact: { paths, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  )
}

/** Name, code, words and stack of an error and its causes; never other properties, which may hold bodies. */
function errorForLog(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, internal } = error as { code?: unknown; internal?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(internal === undefined ? {} : { internal }),
    stack: error.stack,
    ...(error.cause === undefined || depth > 3 ? {} : { cause: errorForLog(error.cause, depth + 1) }),
  }
}
