import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Codes by which somebody is turned away for who they are, or for what they tried to prove it with. */
const turnsAway =
  /^(UNAUTHENTICATED|FORBIDDEN|STEP_UP_REQUIRED|\w+_(REFUSED|LOCKED|ENROLLMENT_REQUIRED)|(CHALLENGE|INVITATION|\w+_TOKEN)_INVALID)$/

const classes = globSync('{platform/errors,gateway,subgraphs/identity}/**/*.ts')
  .filter((file) => !file.endsWith('.test.ts'))
  .flatMap((file) => {
    const found = readFileSync(file, 'utf8').matchAll(/^export class (\w+) extends \w+Error \{\n(.*?)^\}/gms)
    return [...found].map(([, name = '', body = '']) => ({
      name,
      body,
      code: /super\(\s*'([A-Z_]+)'/.exec(body)?.[1] ?? '',
    }))
  })

test('every error that turns somebody away says so, and is recorded for it', () => {
  const turning = classes.filter(({ code }) => turnsAway.test(code))
  expect(turning.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['UnauthenticatedError', 'ForbiddenError', 'SignInRefusedError', 'InvitationInvalidError']),
  )
  expect(turning.filter(({ body }) => !body.includes('refusal: true')).map(({ name }) => name)).toEqual([])
})

test('what may belong to another organization is no refusal', () => {
  expect(classes.find(({ code }) => code === 'NOT_FOUND')?.body).not.toContain('refusal')
})
