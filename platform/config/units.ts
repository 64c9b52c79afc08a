import { z } from 'zod'

/** A TCP port; 0 lets the system choose. */
export const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((n) => n <= 65_535, 'must be a port number')
    .default(fallback)

export const url = (...protocols: readonly string[]) =>
  z.string().refine(
    (text) => {
      const parsed = URL.canParse(text) ? new URL(text) : undefined
      return parsed !== undefined && protocols.includes(parsed.protocol.slice(0, -1))
    },
    `must be a ${protocols.join(' or ')} URL`,
  )

export const httpUrl = () => url('http', 'https')
export const postgresUrl = () => url('postgres', 'postgresql')
export const redisUrl = () => url('redis', 'rediss')

/** A whole number of milliseconds between 1 and one day. */
export const milliseconds = () =>
  z
    .string()
    .regex(/^[1-9]\d{0,7}$/, 'must be a whole number of milliseconds, at most a day')
    .transform(Number)
    .refine((n) => n <= 86_400_000, 'must be at most a day')

export const durationMs = (fallback: number) => milliseconds().default(fallback)

/** A whole number of milliseconds, none too, at most a minute. */
export const pauseMs = () =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number of milliseconds, at most a minute')
    .transform(Number)
    .refine((n) => n <= 60_000, 'must be at most a minute')

/** A whole number between 1 and `max`. */
export const count = (fallback: number, max = 1_000_000) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number')
    .transform(Number)
    .refine((n) => n <= max, `must be at most ${max}`)
    .default(fallback)

/** A whole number between 1 and `max`, or `off`, which is null. */
export const countOrOff = (fallback: number, max = 1_000_000) =>
  z
    .string()
    .regex(/^([1-9]\d{0,8}|off)$/, 'must be a whole number or off')
    .transform((text) => (text === 'off' ? null : Number(text)))
    .refine((n) => n === null || n <= max, `must be at most ${max}`)
    .default(fallback)

/** A share between 0, none, and 1, all. */
export const share = (fallback: number) =>
  z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'must be a number between 0 and 1')
    .transform(Number)
    .default(fallback)

/** A whole number of days, at most a year. */
export const days = (fallback: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a whole number of days, at most 365')
    .transform(Number)
    .refine((n) => n <= 365, 'must be a whole number of days, at most 365')
    .default(fallback)

/** A secret key: base64 of at least `bytes` bytes. Never has a default. */
export const key = (bytes = 32) =>
  z
    .string()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((k) => k.length >= bytes, `must be base64 of at least ${bytes} bytes`)

/** A key of exactly 32 bytes, as AES-256 needs: one that is longer would be cut, not stronger. */
export const sealingKey = () => key().refine((k) => k.length === 32, 'must be base64 of exactly 32 bytes')

export const onOff = () => z.enum(['on', 'off'], { error: 'must be on or off' }).transform((v) => v === 'on')

/** `a,b,c`; empty means none. */
export const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )

/** `name=value,name=value`; a value may hold `=`. */
export const namedList = <T extends z.ZodType<unknown, string>>(value: T) =>
  z
    .string()
    .default('')
    .transform((text, ctx) => {
      const result = new Map<string, z.output<T>>()
      for (const item of text
        .split(',')
        .map((i) => i.trim())
        .filter((i) => i !== '')) {
        const at = item.indexOf('=')
        const parsed = value.safeParse(item.slice(at + 1))
        if (at < 1 || !parsed.success) {
          ctx.addIssue({ code: 'custom', message: 'must be a list of name=value, each value valid' })
          return z.NEVER
        }
        result.set(item.slice(0, at), parsed.data)
      }
      return result
    })
