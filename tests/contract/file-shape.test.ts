import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path/posix'
import { expect, test } from 'vitest'
import { isCode, isTest, projectFiles } from '../kit/source-files.ts'

const files = projectFiles().filter((file) => existsSync(file))
const code = files.filter(isCode).map((path) => ({ path, text: readFileSync(path, 'utf8') }))
const ours = code.filter(({ path }) => !isTest(path))
const tests = code.filter(({ path }) => isTest(path))
const paths = (found: readonly { readonly path: string }[]) => found.map(({ path }) => path)
const inTools = (path: string) => /^((scripts|tests|bench)\/|[^/]+\.config\.ts$)/.test(path)

const linesMax = 200
/** A test file is a list, and may be longer: by as much as a reader still goes through. */
const testLinesMax = 500

test('files and folders are named in kebab-case, a role after a dot', () => {
  const word = '[a-z0-9]+(-[a-z0-9]+)*'
  const name = new RegExp(`^${word}(\\.${word})*\\.[a-z]+$`)
  const wrong = files.filter(
    (file) =>
      (isCode(file) && !name.test(basename(file))) ||
      dirname(file)
        .split('/')
        .some((folder) => folder !== '.' && !new RegExp(`^\\.?${word}$`).test(folder)),
  )
  expect(wrong).toEqual([])
})

test('no file or folder is a drawer for everything', () => {
  const drawer = /(^|\/)(utils?|helpers?|common|misc|shared|lib|tools|stuff|types|constants)(\.[a-z.]+)?(\/|$)/
  expect(files.filter((file) => drawer.test(file))).toEqual([])
})

test('a source has at most 200 lines', () => {
  const lines = (text: string) => text.split('\n').length - 1
  const long = [
    ...ours.filter(({ text }) => lines(text) > linesMax),
    ...tests.filter(({ text }) => lines(text) > testLinesMax),
  ]
  expect(long.map(({ path, text }) => `${path}: ${lines(text)}`)).toEqual([])
})

test('no barrel: nothing is handed on in bulk, and only a subgraph’s jobs.ts is a door to other files', () => {
  expect(paths(code.filter(({ path }) => /(^|\/)index\.[a-z]+$/.test(path)))).toEqual([])
  expect(paths(ours.filter(({ text }) => /^export \*/m.test(text)))).toEqual([])
  const doors = ours.filter(({ text }) => {
    const exports = text.match(/^export\b.*$/gm) ?? []
    const handedOn = text.match(/^export (type )?\{[^}]*\} from /gm) ?? []
    return exports.length > 0 && exports.length === handedOn.length
  })
  expect(paths(doors).filter((path) => !/^subgraphs\/[a-z]+\/jobs\.ts$/.test(path))).toEqual([])
})

test('the environment is read in config.ts, by main.ts, and by tools', () => {
  const readers = ours.filter(
    ({ path, text }) =>
      /\b(process|import\.meta)\b\??\.env\b|\{[^}]*\benv\b[^}]*\} = process\b/.test(text) && !inTools(path),
  )
  expect(paths(readers).filter((path) => !['config.ts', 'main.ts'].includes(basename(path)))).toEqual([])
})

/** Programs of their own, started as a child of another: what stands at their top is their process's state. */
const childPrograms = ['worker/engine/expression/expression-host.ts']

test('no module keeps state of its own: several processes’ parts may live in one', () => {
  const keeping = ours.filter(
    ({ path, text }) =>
      !inTools(path) &&
      !childPrograms.includes(path) &&
      /^(export )?(let |var |const \w+(: [^=\n]+)? = (new (Weak)?(Map|Set)(<.*>)?\(\)|\[\]|\{\})$)/m.test(text),
  )
  expect(paths(keeping)).toEqual([])
})

test('no test is skipped, left alone or put off', () => {
  const put = /\b(test|it|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)\b/
  expect(
    paths(tests.filter(({ path, text }) => put.test(text) && path !== 'tests/contract/file-shape.test.ts')),
  ).toEqual([])
})

test('nothing is left for later in a comment', () => {
  const later = /\/\/.*\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/
  expect(paths(code.filter(({ text }) => later.test(text)))).toEqual([])
})
