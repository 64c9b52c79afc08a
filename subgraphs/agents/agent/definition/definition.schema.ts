import { z } from 'zod'
import { scopes } from '#platform/caller/scopes'
import { isId } from '#platform/id'
import { stepTimeoutMsMax } from '../agent.limits.ts'

const name = (shape: RegExp, words: string) => z.string().regex(shape, words)
const expression = z.string()

const base = {
  id: name(
    /^[a-z][a-zA-Z0-9]{0,39}$/,
    'An id begins with a small letter and has at most 40 letters and digits, nothing else.',
  ),
  timeoutMs: z.int().min(1).max(stepTimeoutMsMax).optional(),
}

const tool = z.strictObject({
  ...base,
  kind: z.literal('tool'),
  connection: z.string().refine(isId, 'This is not the id of a connection.'),
  action: name(/^[a-z][a-zA-Z0-9-]{0,63}$/, 'An action is named by at most 64 letters, digits and hyphens.'),
  with: z.unknown().optional(),
})

const transform = z.strictObject({ ...base, kind: z.literal('transform'), expression })

const nested: z.ZodType = z.lazy(() => z.array(step))

const branch = z.strictObject({
  ...base,
  kind: z.literal('branch'),
  cases: z.array(z.strictObject({ when: expression, steps: nested })).min(1, 'A branch has at least one case.'),
  otherwise: nested.optional(),
})

const step = z.discriminatedUnion('kind', [tool, transform, branch], {
  error: (issue) => (issue.code === 'invalid_union' ? 'A step is a tool, a transform or a branch.' : undefined),
})

/** The shape of a `Definition`; what one part says about another is checked beside it. */
export const definitionSchema = z.strictObject({
  grants: z.array(z.enum(scopes, 'There is no such scope.')),
  input: z.record(z.string(), z.unknown()).optional(),
  steps: z.array(step).min(1, 'A definition has at least one step.'),
  output: expression.optional(),
})
