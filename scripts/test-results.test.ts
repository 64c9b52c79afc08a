import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { closingLine } from './test-results.ts'

function reported(report: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-results-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'results.json'), JSON.stringify(report))
  return join(folder, 'results.json')
}

test('the closing line counts tests, and a file that could not be loaded or set up as one failure', () => {
  const of = (...statuses: string[]) => statuses.map((status) => ({ status }))
  const testResults = [
    { status: 'passed', assertionResults: of('passed', 'passed') },
    { status: 'failed', assertionResults: of('failed', 'passed') },
    { status: 'failed', assertionResults: of('skipped', 'skipped') },
    { status: 'failed', assertionResults: [] },
  ]
  expect(closingLine(reported({ numPassedTests: 3, numFailedTests: 1, testResults }))).toBe('3 passed, 3 failed')
})

test('without a report the closing line says that nothing ran', () => {
  expect(closingLine('/no/such/file.json')).toBe('0 passed, 0 failed')
})
