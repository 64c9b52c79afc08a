import { expect, test } from 'vitest'
import { errorsIn } from './coded-errors.ts'
import { joined } from './error-catalogue.ts'

const codesOf = (source: string) => joined([errorsIn(source, 'a.ts')]).map(({ code, words }) => [code, words])

test('an error class is found with its code, its words with their gaps, and its description up to the first tag', () => {
  const source = `
    /**
     * Somebody else
     * has it.
     *
     * @param name whose
     */
    export class NameTakenError extends DomainError {
      constructor(name: string) { super('NAME_TAKEN', \`The name \${name} is taken.\`) }
    }`
  expect(joined([errorsIn(source, 'a.ts')])).toEqual([
    { code: 'NAME_TAKEN', words: 'The name … is taken.', meaning: 'Somebody else has it.', file: 'a.ts' },
  ])
})

test('a class that is given its words is found at each place that gives them, in whatever module', () => {
  const declared = `class LateError extends DomainError { constructor(message = 'Too late.') { super('LATE', message) } }`
  const thrown = `throw new LateError('Much too late.')`
  const found = joined([errorsIn(thrown, 'b.ts'), errorsIn(declared, 'a.ts')])
  expect(found.map(({ code, words, file }) => [code, words, file])).toEqual([
    ['LATE', 'Much too late.', 'b.ts'],
    ['LATE', 'Too late.', 'a.ts'],
  ])
})

test.each([
  [`new ConnectorError('PATH_WRONG', 'No such path.', false)`, ['PATH_WRONG', 'No such path.']],
  [`new StepFailedError(path, 'STEP_TIMEOUT', 'Too long.')`, ['STEP_TIMEOUT', 'Too long.']],
  [`reply.send(errorBody('NOT_FOUND', 'Nothing here.'))`, ['NOT_FOUND', 'Nothing here.']],
  [`new GraphQLError('Too deep.', { extensions: { code: 'TOO_DEEP' } })`, ['TOO_DEEP', 'Too deep.']],
  [`f({ message: 'Too deep.', extensions: { code: 'TOO_DEEP' } })`, ['TOO_DEEP', 'Too deep.']],
  [`f({ error: { code: 'BROKEN', message: 'It broke.' } })`, ['BROKEN', 'It broke.']],
])('%s gives a code', (source, expected) => {
  expect(codesOf(source)).toEqual([expected])
})

test('what only looks like a code is none', () => {
  expect(
    codesOf(`const a = { status: 'RUNNING' }; new Error('no'); throw new TypeError(\`\${a}\`); f('POST')`),
  ).toEqual([])
})
