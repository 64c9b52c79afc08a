import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { brokenRule, findCircle, reachedFrom } from '../kit/import-rules.ts'
import { type Import, importsOf, isCode, projectFiles } from '../kit/source-files.ts'

const imports = projectFiles()
  .filter((file) => isCode(file) && existsSync(file))
  .flatMap((file) => importsOf(file))

test('every import keeps to who may import whom', () => {
  expect(imports.length).toBeGreaterThan(500)
  const broken = imports.flatMap((each) => {
    const rule = brokenRule(each)
    return rule === undefined ? [] : [`${each.file} imports ${each.specifier}, but ${rule}`]
  })
  expect(broken).toEqual([])
})

test('every import of ours names a file that is there', () => {
  const lost = imports.filter(({ target }) => target !== undefined && !existsSync(target))
  expect(
    lost.filter(({ target }) => !target?.includes('/dist/')).map(({ file, specifier }) => `${file}: ${specifier}`),
  ).toEqual([])
})

test('no files import each other in a circle', () => {
  expect(findCircle(imports)).toBeUndefined()
})

test('nothing that runs in the gateway reaches a database, an outbox, a job or a subgraph', () => {
  const reached = [...reachedFrom('gateway/main.ts', imports)]
  expect(reached).toContain('platform/http/serve.ts')
  const wrong = /^(platform\/(db|outbox|jobs)\/|subgraphs\/|worker\/|contracts\/|@mikro-orm|pg$|bee-queue)/
  expect(reached.filter((file) => wrong.test(file))).toEqual([])
})

const written = (file: string, line: string): Import => {
  const [found] = importsOf(file, line)
  if (found === undefined) throw new Error(`Not read as an import: ${line}`)
  return found
}

test.each([
  ['contracts/x.ts', `import { newId } from '#platform/id'`, 'contracts import nothing'],
  ['platform/x/y.ts', `import { runQueued } from '#contracts/run-queued.event'`, 'nothing else of ours'],
  ['platform/x/y.ts', `import '../../subgraphs/audit/orm.ts'`, 'nothing else of ours'],
  ['subgraphs/audit/x.ts', `export { Run } from '../agents/run/run.entity.ts'`, 'never another subgraph'],
  ['subgraphs/audit/x.ts', `import type { Run } from '../agents/run/run.entity.ts'`, 'never another subgraph'],
  ['gateway/x/y.ts', `import { read } from '#platform/db/read'`, 'it has no database'],
  ['gateway/x/y.ts', `const z = await import('../../subgraphs/audit/orm.ts')`, 'it has no database'],
  ['worker/x.ts', `import {\n  a,\n  b,\n} from '../subgraphs/agents/run/run.entity.ts'`, 'its orm.ts and jobs.ts'],
  ['worker/x.ts', `import { main } from '../scripts/migrate.ts'`, 'its orm.ts and jobs.ts'],
  ['worker/x.ts', `import { id } from '../platform/id.ts'`, '#platform/'],
  ['platform/x/y.ts', `import { id } from '#platform/id'`, 'relative'],
  ['subgraphs/audit/e/e.graphql.ts', `import { E } from './e.entity.ts'`, 'never import each other'],
  ['subgraphs/audit/e/e.entity.ts', `import { E } from '../f/f.graphql.ts'`, 'never import each other'],
  ['subgraphs/audit/e/e.errors.ts', `import { E } from './e.resolver.ts'`, 'downwards'],
  ['subgraphs/audit/e/e.ts', `import { E } from './f.test.ts'`, 'nothing imports a test'],
])('the rules see through %s: %s', (file, line, rule) => {
  expect(brokenRule(written(file, line))).toContain(rule)
})

test.each([
  ['worker/x.ts', `import { auditDatabase } from '../subgraphs/audit/orm.ts'`],
  ['subgraphs/audit/x.it.test.ts', `import { tell } from '../../tests/kit/audit-event.ts'`],
  ['platform/x/y.ts', `import { auditRecorded } from '#contracts/audit-recorded.event'`],
  ['gateway/x/y.ts', `import { newId } from '#platform/id'`],
  ['scripts/x.ts', `import { audit } from '../subgraphs/audit/subgraph.ts'`],
])('the rules let pass: %s: %s', (file, line) => {
  expect(brokenRule(written(file, line))).toBeUndefined()
})

test('a circle is found, unless it is one of types', () => {
  const one = written('a/one.ts', `import { two } from './two.ts'`)
  expect(findCircle([one, written('a/two.ts', `import { one } from './one.ts'`)])).toEqual([
    'a/one.ts',
    'a/two.ts',
    'a/one.ts',
  ])
  expect(findCircle([one, written('a/two.ts', `import type { One } from './one.ts'`)])).toBeUndefined()
})
