import { z } from 'zod'
import { baseUrlSchema, headersSchema } from '../http/http.config.ts'

const pricesMax = 100
const modelName = z.string().min(1).max(200)
const dollars = z.number().min(0).max(1_000_000)

export const openaiCompatibleConfigSchema = z.strictObject({
  baseUrl: baseUrlSchema.describe(
    'What `/chat/completions` and `/models` stand under, e.g. https://api.example.com/v1.',
  ),
  model: modelName.optional().describe('The model of the steps that name none.'),
  authentication: z
    .enum(['bearer', 'none'])
    .default('bearer')
    .describe('`bearer` sends the secret `apiKey` with every call; `none`, as of a local server, needs no secret.'),
  headers: headersSchema.default({}).describe('Sent with every call. Not the place for credentials.'),
  prices: z
    .record(modelName, z.strictObject({ input: dollars, output: dollars }))
    .refine((prices) => Object.keys(prices).length <= pricesMax, `may have at most ${pricesMax} entries`)
    .default({})
    .describe('Model → US dollars per million tokens. What a model without a price costs is unknown, not nothing.'),
  strictOutput: z
    .boolean()
    .default(false)
    .describe('Has the provider enforce output schemas (`strict`), where it takes only some keywords of JSON Schema.'),
})
export type OpenaiCompatibleConfig = z.infer<typeof openaiCompatibleConfigSchema>
