import { z } from 'zod'
import { scopes } from '#platform/caller/scopes'
import {
  attemptsMax,
  costMax,
  iterationsMax,
  mapConcurrencyMax,
  parallelBranchesMax,
  stepsCompletedMax,
  stepTimeoutMsMax,
  tokensMax,
  toolsMax,
  turnsMax,
  waitMsMax,
} from '../agent.limits.ts'
import { duration, expression, idOf, jsonSchema, name, text } from './definition-texts.schema.ts'

const anySteps: z.ZodType = z.lazy(() => z.array(step))
const nested: z.ZodType = z.lazy(() => z.array(step).min(1, 'There is at least one step.'))

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(attemptsMax).optional(),
  initial: duration(waitMsMax).optional(),
  factor: z.number().min(1).max(10).optional(),
  max: duration(waitMsMax).optional(),
  jitter: z.boolean().optional(),
  retryIf: expression.optional(),
})

/** @param timeoutMsMax the longest that `timeout` may be */
const base = (timeoutMsMax: number) => ({
  id: name(
    /^[a-z][a-zA-Z0-9]{0,39}$/,
    'An id begins with a small letter and has at most 40 letters and digits, nothing else.',
  ),
  when: expression.optional(),
  timeout: duration(timeoutMsMax).optional(),
  retry: retry.optional(),
  continueOnError: z.boolean().optional(),
  onFailure: nested.optional(),
  compensate: nested.optional(),
})
const brief = base(stepTimeoutMsMax)
const long = base(waitMsMax)

const action = name(/^[a-z][a-zA-Z0-9-]{0,63}$/, 'An action is named by at most 64 letters, digits and hyphens.')
const ofConnection = { connection: idOf('a connection'), action, with: z.unknown().optional() }

const modelCall = {
  connection: idOf('a connection'),
  model: z.string().min(1).max(200).optional(),
  system: text.optional(),
  prompt: text,
  output: jsonSchema.optional(),
  maxOutputTokens: z.int().min(1).max(tokensMax).optional(),
  temperature: z.number().min(0).max(2).optional(),
}

const approvalPolicy = {
  count: z.int().min(1).max(20).optional(),
  roles: z.array(z.string().min(1).max(100)).min(1).max(20).optional(),
  selfApproval: z.boolean().optional(),
  form: jsonSchema.optional(),
  expiresIn: duration(waitMsMax).optional(),
  onExpiry: z.enum(['approve', 'reject', 'fail']).optional(),
}

const agentTool = z.strictObject({
  name: name(
    /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/,
    'A tool is named by at most 64 letters, digits, hyphens and underscores.',
  ),
  description: z.string().max(2_000),
  parameters: jsonSchema,
  ...ofConnection,
  approval: z.strictObject(approvalPolicy).optional(),
})

const kinds = [
  z.strictObject({ ...brief, kind: z.literal('llm'), ...modelCall }),
  z.strictObject({
    ...long,
    kind: z.literal('agent'),
    ...modelCall,
    tools: z.array(agentTool).max(toolsMax),
    maxTurns: z.int().min(1).max(turnsMax).optional(),
  }),
  z.strictObject({ ...brief, kind: z.literal('tool'), ...ofConnection }),
  z.strictObject({
    ...brief,
    kind: z.literal('http'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    url: text,
    headers: z.record(z.string(), text).optional(),
    body: z.unknown().optional(),
    idempotent: z.boolean().optional(),
  }),
  z.strictObject({ ...brief, kind: z.literal('transform'), expression }),
  z.strictObject({
    ...long,
    kind: z.literal('branch'),
    cases: z.array(z.strictObject({ when: expression, steps: anySteps })).min(1, 'A branch has at least one case.'),
    otherwise: anySteps.optional(),
  }),
  z.strictObject({
    ...long,
    kind: z.literal('parallel'),
    branches: z
      .record(name(/^[a-z][a-zA-Z0-9]{0,39}$/, 'A branch is named as a step is.'), nested)
      .refine(
        (given) => Object.keys(given).length <= parallelBranchesMax,
        `There are more than ${parallelBranchesMax}.`,
      )
      .meta({ maxProperties: parallelBranchesMax }),
  }),
  z.strictObject({
    ...long,
    kind: z.literal('map'),
    items: expression,
    steps: nested,
    concurrency: z.int().min(1).max(mapConcurrencyMax).optional(),
    skipFailures: z.boolean().optional(),
  }),
  z
    .strictObject({
      ...long,
      kind: z.literal('loop'),
      while: expression.optional(),
      until: expression.optional(),
      steps: nested,
      maxIterations: z.int().min(1).max(iterationsMax),
    })
    .refine((given) => given.while !== undefined || given.until !== undefined, 'A loop has `while`, `until` or both.')
    .meta({ anyOf: [{ required: ['while'] }, { required: ['until'] }] }),
  z
    .strictObject({
      ...long,
      kind: z.literal('wait'),
      for: duration(waitMsMax).optional(),
      until: expression.optional(),
      event: z.strictObject({ name: z.string().min(1).max(100), key: expression.optional() }).optional(),
      onTimeout: z.enum(['fail', 'continue']).optional(),
    })
    .refine(
      (given) => [given.for, given.until, given.event].filter((each) => each !== undefined).length === 1,
      'A wait has one of `for`, `until` and `event`.',
    )
    .meta({ oneOf: [{ required: ['for'] }, { required: ['until'] }, { required: ['event'] }] }),
  z.strictObject({
    ...long,
    kind: z.literal('approval'),
    ...approvalPolicy,
    title: z.string().min(1).max(200),
    message: z.string().max(2_000).optional(),
    show: z.unknown().optional(),
  }),
  z.strictObject({
    ...long,
    kind: z.literal('subagent'),
    agent: idOf('an agent'),
    input: z.unknown().optional(),
    wait: z.boolean().optional(),
  }),
] as const

const kindNames = kinds.map(({ shape }) => shape.kind.value)

const step = z.discriminatedUnion('kind', kinds, {
  error: (issue) =>
    issue.code === 'invalid_union' ? `The kind of a step is one of ${kindNames.join(', ')}.` : undefined,
})

const runKey = { key: expression.optional() }

const limits = z.strictObject({
  steps: z.int().min(1).max(stepsCompletedMax).optional(),
  tokens: z.int().min(1).max(tokensMax).optional(),
  cost: z.number().positive().max(costMax).optional(),
  duration: duration(waitMsMax).optional(),
  concurrency: z.strictObject({ runs: z.int().min(1).max(1_000), ...runKey }).optional(),
  rate: z.strictObject({ runs: z.int().min(1).max(100_000), period: duration(86_400_000), ...runKey }).optional(),
})

/** The shape of a `Definition`; what one part says about another is checked beside it. */
export const definitionSchema = z.strictObject({
  grants: z.array(z.enum(scopes, 'There is no such scope.')),
  input: z.record(z.string(), z.unknown()).optional(),
  inputSchema: jsonSchema.optional(),
  outputSchema: jsonSchema.optional(),
  limits: limits.optional(),
  steps: z.array(step).min(1, 'A definition has at least one step.'),
  output: expression.optional(),
})
