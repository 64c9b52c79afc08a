import pino, { type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** Keys whose values never reach a log, at any of the depths we log. Tested with canaries. */
const secretKeys: ReadonlySet<string> = new Set([
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
])
const depthMax = 6
/** Lines are written in bulk, or when this time has passed; at the end of the process all of them are. */
const bufferBytes = 15_360
const flushMs = 100

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
      // Not pino's redaction: with this many keys and depths it takes longer than the request that the line is about.
      formatters: { level: (label) => ({ level: label }), log: (fields) => withoutSecrets(fields, 0) },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog },
    },
    destination ?? pino.destination({ dest: 1, sync: false, minLength: bufferBytes, periodicFlush: flushMs }),
  )
}

/** The same fields when there is nothing to mask in them, else a copy. What is nested too deeply to be looked at is left out. */
function withoutSecrets<T extends object>(fields: T, depth: number): T {
  let masked: Record<string, unknown> | undefined
  for (const key in fields) {
    const value = fields[key]
    const safe = secretKeys.has(key) ? '[redacted]' : safeBelow(value, depth)
    if (safe === value) continue
    masked = masked === undefined ? { ...fields, [key]: safe } : { ...masked, [key]: safe }
  }
  return (masked as T | undefined) ?? fields
}

function safeBelow(value: unknown, depth: number): unknown {
  // Errors have a serializer of their own.
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (depth === depthMax) return '[too deep]'
  if (!Array.isArray(value)) return withoutSecrets(value, depth + 1)
  const items = value.map((item) => safeBelow(item, depth + 1))
  return items.every((item, i) => item === value[i]) ? value : items
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
