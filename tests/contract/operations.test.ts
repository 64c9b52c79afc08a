import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const operations = readFileSync('docs/OPERATIONS.md', 'utf8')
const code = globSync('{platform,gateway,subgraphs,worker}/**/*.ts')
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** Names of metrics, a filled-in part as a pattern: `queue_advance_run_jobs` fits `queue_\w+_jobs`. */
const metrics = [...code.matchAll(/\bname: (?:'([^']+)'|`([^`]+)`),\s+help:/g)].map(([, plain, filled = '']) =>
  (plain ?? filled).replace(/\$\{.*?\}/g, '\\w+'),
)

test('every metric that the code makes is explained to the operator', () => {
  expect(metrics.length).toBeGreaterThan(3)
  expect(metrics.filter((name) => !new RegExp(`\`${name}[{\`]`).test(operations))).toEqual([])
})

test('every metric that is explained is one that the code makes', () => {
  const explained = [...operations.matchAll(/^\| `([a-z_]+)\{/gm)].map(([, name = '']) => name)
  expect(explained.length).toBeGreaterThan(3)
  expect(explained.filter((name) => !metrics.some((made) => new RegExp(`^${made}$`).test(name)))).toEqual([])
})

test('every line of the log that is explained is one that the code writes', () => {
  const table = operations.slice(operations.indexOf('| Line |'), operations.indexOf('## When something'))
  const lines = [...table.matchAll(/^\|(.*?)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, line = '']) => line),
  )
  expect(lines.length).toBeGreaterThan(8)
  expect(lines.filter((line) => !code.includes(`'${line}'`))).toEqual([])
})
