import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { expect, test } from 'vitest'

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** The packages that modules name, in imports and in what CommonJS is required for; types leave with the compiler. */
function packagesIn(patterns: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  const files = globSync([...patterns], {
    exclude: (path) => /node_modules|\.test\.ts$|playground\/(app|dist)/.test(path),
  })
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(/^import type .*$/gm, '')
    for (const [, name = ''] of text.matchAll(
      /(?:\bfrom |\bimport\(?|\brequire(?:\.resolve)?\()\s*'([@\w][\w@./-]*)'/g,
    )) {
      if (!isBuiltin(name))
        found.set(name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? ''), file)
    }
  }
  return found
}

const production = packagesIn([
  '{contracts,platform,gateway,subgraphs,worker}/**/*.ts',
  'scripts/{migrate,database-roles,subgraphs}.ts',
  'scripts/{seed,container}/**/*.ts',
])

test('what production imports is installed in production', () => {
  expect([...production].filter(([name]) => dependencies[name] === undefined)).toEqual([])
})

test('every module names only packages that package.json names', () => {
  const all = packagesIn(['{contracts,platform,gateway,subgraphs,worker,scripts,tests,bench}/**/*.ts', '*.ts'])
  expect([...all].filter(([name]) => dependencies[name] === undefined && devDependencies[name] === undefined)).toEqual(
    [],
  )
})

test('every version is exact', () => {
  const versions = Object.entries({ ...dependencies, ...devDependencies })
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test('every package has one line that says why it is here, and no line is about one that is not', () => {
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    optionalDependencies: Record<string, string>
  }
  const lines = readFileSync('docs/PACKAGES.md', 'utf8').matchAll(/^\| (`[^|]*`) \| [^|]{10,} \|$/gm)
  const told = [...lines].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  const here = [dependencies, devDependencies, optionalDependencies].flatMap((packages) => Object.keys(packages))
  expect(told.sort()).toEqual(here.sort())
})
