import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { judgeCoverage } from './judge-coverage.ts'

/** A run that measured one file: one of its two lines ran, and three of its four branches. */
function measured(baseline?: object) {
  const root = temporaryFolder()
  const at = (name: string) => join(root, name)
  const path = at('room/file.ts')
  const report = {
    [path]: {
      path,
      statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 5 } } },
      s: { 0: 1, 1: 0 },
      b: { 0: [1, 1], 1: [1, 0] },
    },
  }
  const files = {
    root,
    report: at('report.json'),
    baseline: at('baseline.json'),
    reached: at('reached.json'),
    uncovered: at('uncovered.txt'),
  }
  writeFileSync(files.report, JSON.stringify(report))
  if (baseline !== undefined) writeFileSync(files.baseline, JSON.stringify(baseline))
  const said: string[] = []
  return { files, said, passed: judgeCoverage(files, (line) => said.push(line)) }
}

test('coverage as committed passes, and is left for whoever raises it', () => {
  const { passed, files, said } = measured({ lines: 50, branches: 75 })
  expect(passed).toBe(true)
  expect(JSON.parse(readFileSync(files.reached, 'utf8'))).toEqual({ lines: 50, branches: 75 })
  expect(readFileSync(files.uncovered, 'utf8')).toBe('room/file.ts 1/2: 5\n')
  expect(said.join()).not.toContain('coverage:raise')
})

test('coverage that fell fails, by kind', () => {
  const { passed, said } = measured({ lines: 51, branches: 75 })
  expect([passed, said.at(-1)]).toEqual([false, 'Coverage of lines fell from 51 % to 50 %: test what is new.'])
})

test('coverage that rose asks for a higher baseline', () => {
  const { passed, said } = measured({ lines: 40, branches: 75 })
  expect([passed, said.at(-1)]).toEqual([true, 'Coverage rose: run `npm run coverage:raise` and commit the baseline.'])
})

test('without a baseline there is no pass', () => {
  const { passed, said } = measured()
  expect([passed, said.at(-1)]).toEqual([false, expect.stringContaining('There is no ')])
})
