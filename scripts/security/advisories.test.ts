import { expect, test } from 'vitest'
import { readAdvisories } from './advisories.ts'

const report = (vulnerabilities: object) => JSON.stringify({ auditReportVersion: 2, vulnerabilities })

test('an answer without findings is clean', () => {
  expect(readAdvisories(report({}))).toEqual({ notRun: null, severe: [], minor: [] })
})

test('high and critical findings are severe, others are noted', () => {
  const found = report({
    a: { severity: 'critical', range: '<1.2.3' },
    b: { severity: 'high', range: '*' },
    c: { severity: 'moderate', range: '>=2' },
  })
  expect(readAdvisories(found)).toEqual({
    notRun: null,
    severe: ['a <1.2.3: critical', 'b *: high'],
    minor: ['c >=2: moderate'],
  })
})

test.each([
  [
    'a refusal',
    JSON.stringify({ message: '405 Method Not Allowed - POST https://packages.example.com/audit', statusCode: 405 }),
  ],
  [
    'a network fault',
    JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'request to https://packages.example.com failed' } }),
  ],
  ['an empty error', JSON.stringify({ error: { summary: '' } })],
  ['no JSON', 'npm error'],
  ['nothing', ''],
])('%s is not run, never clean, and names no address', (_what, printed) => {
  const { notRun } = readAdvisories(printed)
  expect(notRun).toMatch(/^(the advisory service does not answer \(.+\)|npm audit printed no report)$/)
  expect(notRun).not.toContain('example.com')
})
