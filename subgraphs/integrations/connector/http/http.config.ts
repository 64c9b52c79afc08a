import { z } from 'zod'
import { urlUnder } from './url-under.ts'

const headersMax = 20
const urlLengthMax = 2_048

/** Where credentials would lie in the clear, readable by whoever may read connections. */
const credentialHeaders: ReadonlySet<string> = new Set(
  'authorization proxy-authorization cookie x-api-key api-key x-auth-token'.split(' '),
)

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be a header name')
  .refine((name) => !credentialHeaders.has(name.toLowerCase()), 'may not be set: credentials belong into secrets')
const headerValue = z.string().regex(/^[\t\x20-\x7e]{0,2000}$/, 'must be one line of printable ASCII')

/** Header name → value, as configurations and steps may set them. */
export const headersSchema = z
  .record(headerName, headerValue)
  .refine((headers) => Object.keys(headers).length <= headersMax, `may have at most ${headersMax} entries`)

/** Of a service whose calls all go to addresses under one. */
export const baseUrlSchema = z
  .string()
  .max(urlLengthMax)
  .refine(isBaseUrl, 'must be an http or https URL without credentials, query and fragment')

export const httpConfigSchema = z
  .strictObject({
    baseUrl: baseUrlSchema.describe('Every call goes to an address under this one, e.g. https://api.example.com/v1.'),
    headers: headersSchema.default({}).describe('Sent with every call. Not the place for credentials.'),
    authentication: z
      .enum(['bearer', 'none'])
      .default('bearer')
      .describe('`bearer` sends the secret `bearerToken` with every call; `none` needs no secret.'),
    testPath: z
      .string()
      .max(urlLengthMax)
      .default('')
      .describe('Under the base URL; a GET of it must succeed for the connection to count as working.'),
  })
  .refine(testsUnderBase, { path: ['testPath'], message: 'must lead to an address under the base URL' })
export type HttpConfig = z.infer<typeof httpConfigSchema>

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return url.username === '' && url.password === '' && !/[?#\\\s\p{Cc}\p{Surrogate}]/u.test(text)
}

function testsUnderBase({ baseUrl, testPath }: { baseUrl: string; testPath: string }): boolean {
  try {
    urlUnder(baseUrl, testPath)
    return true
  } catch {
    return false
  }
}
