import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commonPasswordsFile } from '../../../scripts/write-common-passwords.ts'
import { identityVariables } from '../config.ts'
import { openPasswordPolicy } from './password-policy.ts'

const lengthMin = identityVariables.PASSWORD_LENGTH_MIN
const byDefault = openPasswordPolicy(lengthMin.parse(undefined))
const shortest = openPasswordPolicy(8)
const refusal = (password: string, known: string[] = [], policy = byDefault) => {
  try {
    policy.require(password, known)
    return 'TAKEN'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('a password has 15 characters unless the operator says otherwise, and never fewer than 8', () => {
  expect(refusal('whx mq tz ov k')).toBe('PASSWORD_TOO_SHORT')
  expect(refusal('whx mq tz ov kp')).toBe('TAKEN')
  expect(refusal('whx mq t', [], shortest)).toBe('TAKEN')
  expect(lengthMin.parse('8')).toBe(8)
  for (const refused of ['7', '0', '-1', '129', 'eight', '15.5'])
    expect(lengthMin.safeParse(refused).success).toBe(false)
})

test('characters are counted as people see them, and a long passphrase of any script is taken', () => {
  expect(refusal('🦊'.repeat(14))).toBe('PASSWORD_TOO_SHORT')
  expect(refusal('päß wörd ☂ 雨の日の長い合言葉 '.repeat(4))).toBe('TAKEN')
  expect(refusal(`${'gx'.repeat(60)} and more`)).toBe('TAKEN')
  expect(refusal(`${'long and winding '.repeat(60)}x`)).toBe('TAKEN')
  expect(refusal(`${'long and winding '.repeat(61)}x`)).toBe('PASSWORD_TOO_LONG')
  expect(refusal(`half a pair \ud800 of surrogates`)).toBe('BAD_USER_INPUT')
})

test.each(['only lower case here', 'ONLY UPPER CASE HERE', '839 205 774 120 663', '  ends with a space  '])(
  'nothing is asked of its composition: %j',
  (password) => {
    expect(refusal(password)).toBe('TAKEN')
  },
)

test.each([
  'passwordpassword',
  'PasswordPassword',
  'password12345678',
  '1234567890123456',
  'qwertyuiop123456',
  'aaaaaaaaaaaaaaaa',
  'abc abc abc abc ',
  '1qaz2wsx3edc4rfv',
  'footballfootballfootball',
  'dragon1234567890',
])('what people choose first is refused, also when it is long enough: %s', (password) => {
  expect(refusal(password)).toBe('PASSWORD_TOO_COMMON')
})

test('each of the 3 000 commonest passwords of the least length is refused', () => {
  const listed = readFileSync('subgraphs/identity/password/common-passwords.txt', 'utf8')
    .split('\n')
    .filter((line) => line.length >= 8 && !line.startsWith('#'))
  expect(listed.length).toBeGreaterThan(7_000)
  for (const password of listed.slice(0, 3_000)) expect(refusal(password, [], shortest)).toBe('PASSWORD_TOO_COMMON')
})

test('the list is the one that its source gives', () => {
  expect(readFileSync('subgraphs/identity/password/common-passwords.txt', 'utf8')).toBe(commonPasswordsFile())
})

test.each(['Olive.Owner@Example.com', 'olive.owner', 'Acme Widgets Ltd', 'acmewidgetsltd', 'forgeopsforgeops'])(
  'what everybody knows of its owner is refused: %s',
  (password) => {
    expect(refusal(password, ['olive.owner@example.com', 'Acme Widgets Ltd'], shortest)).toBe('PASSWORD_TOO_COMMON')
  },
)

test('a passphrase that only holds a name is taken', () => {
  expect(refusal('my cat walks over acme at night', ['olive.owner@example.com', 'acme'])).toBe('TAKEN')
})
