import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { addProcess, type IstanbulReport, linesOf } from './line-coverage.ts'

const source = `
export function greet(name: string): string {
  if (name === '') {
    return 'nobody'
  }
  return \`hello \${name}\`
}

export const unused = (): number => {
  return 1
}

process.on('SIGTERM', () => {
  console.log(greet('stopped'))
  process.exit(0)
})
setInterval(() => undefined, 1000)
console.log('ready')
`

/** A file none of whose listed lines ran. */
const unrun = (path: string, lines: readonly number[]): IstanbulReport => ({
  [path]: {
    path,
    statementMap: Object.fromEntries(lines.map((line) => [line, { start: { line } }])),
    s: {},
    b: {},
  },
})

test('a line counts as run when one of the statements that start on it did', () => {
  const report: IstanbulReport = {
    a: {
      path: 'a',
      statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 1 } }, 2: { start: { line: 2 } } },
      s: { 0: 0, 1: 3, 2: 0 },
      b: {},
    },
  }
  expect([...(linesOf(report).get('a') ?? [])]).toEqual([
    [1, true],
    [2, false],
  ])
})

test('what a child process of tsx ran until SIGTERM ended it is added line by line, and nothing else', async () => {
  // Below the project: tsx serves the TypeScript of its own tsconfig.
  const parent = resolve('coverage')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'child-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'child.ts')
  writeFileSync(path, source)
  const reports = mkdtempSync(join(tmpdir(), 'child-coverage-'))
  onTestFinished(() => rmSync(reports, { recursive: true }))
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', 'tsx', path], {
    env: { PATH: process.env.PATH, NODE_V8_COVERAGE: reports },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  await once(child, 'close')

  const coverage = linesOf(unrun(path, [3, 4, 6, 9, 10, 13, 14, 15, 17, 18]))
  const untouched = linesOf(unrun('/elsewhere.ts', [1]))
  for (const name of readdirSync(reports)) {
    const report = JSON.parse(readFileSync(join(reports, name), 'utf8'))
    addProcess(coverage, report)
    addProcess(untouched, report)
  }
  const ran = [...(coverage.get(path) ?? [])].filter(([, yes]) => yes).map(([line]) => line)
  expect(ran).toEqual([3, 6, 9, 13, 14, 15, 17, 18])
  expect([...(untouched.get('/elsewhere.ts') ?? [])]).toEqual([[1, false]])
})
