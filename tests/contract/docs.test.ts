import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gates } from '../../scripts/ci.ts'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
const targets = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z][\w-]*):/gm)].flatMap((match) => match[1] ?? [])
const topLevel = new Set(readdirSync('.'))
const documents = globSync(['README.md', 'docs/**/*.md']).map((path) => ({ path, text: readFileSync(path, 'utf8') }))

/** Each inline code of a document, and each line of its fenced blocks. */
function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(/^```.*\n([\s\S]*?)^```/gm)].flatMap((match) => (match[1] ?? '').split('\n'))
  const inline = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)
  return [...fenced, ...[...inline].flatMap((match) => match[1] ?? [])]
}

const sourceFile = /^[\w./-]+\.(ts|tsx|mjs|md|json|ya?ml|graphql|sh|css)$/

/** Whether code is meant as a path of this project: it begins with one of its folders, or ends as its files do. */
const isPath = (code: string) =>
  /^[\w.-]+(\/[\w.-]+)*\/?$/.test(code) && (sourceFile.test(code) || topLevel.has(code.split('/')[0] ?? ''))

// Made by running the project, so that a clean clone lacks them.
const generated = /^(node_modules|dist|coverage|\.forgeops|\.env$|dev\.json$|owner\.json$)/
const fileNames = new Set(
  globSync('**/*.*', { exclude: (path) => path === 'node_modules' }).map((path) => basename(path)),
)

/**
 * Whether there is what a document names: a path from the root or from the document; a built module, whose source stands
 * under the same name; a bare name that some file has; `noun.role.ts` when some noun has that role.
 */
function exists(path: string, document: string): boolean {
  if (existsSync(path) || existsSync(join(dirname(document), path))) return true
  if (path.endsWith('.js')) return existsSync(path.replace(/\.js$/, '.ts'))
  if (path.startsWith('noun.')) return [...fileNames].some((name) => name.endsWith(path.slice('noun'.length)))
  return fileNames.has(path)
}

describe('the documents', () => {
  it('exist', () => {
    expect(documents.map(({ path }) => path)).toContain('README.md')
  })

  it.each(documents)('$path names only paths that exist', ({ path, text }) => {
    const named = codeOf(text).filter((code) => isPath(code) && !generated.test(code))
    expect(named.filter((code) => !exists(code, path))).toEqual([])
  })

  it.each(documents)('$path links only to what exists', ({ path, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap((match) => match[1] ?? [])
    expect(links.filter((link) => !existsSync(join(dirname(path), link)))).toEqual([])
  })

  it.each(documents)('$path names only commands that exist', ({ text }) => {
    const made = codeOf(text).flatMap((line) => line.match(/^(?:\w+=\S+ )*make ([a-z][\w-]*)/)?.[1] ?? [])
    const run = [
      ...codeOf(text)
        .join('\n')
        .matchAll(/\bnpm run ([\w:-]+)/g),
    ].flatMap((match) => match[1] ?? [])
    expect(made.filter((target) => !targets.includes(target))).toEqual([])
    expect(run.filter((script) => scripts[script] === undefined)).toEqual([])
  })
})

describe('the commands', () => {
  it('CI runs each gate as a target of the Makefile', () => {
    expect(gates.filter((gate) => !targets.includes(gate))).toEqual([])
  })

  it('each script of package.json runs a module or tool that is there', () => {
    const modules = Object.values(scripts).flatMap((script) => script.match(/[\w./-]+\.(?:ts|mjs)\b/g) ?? [])
    expect(modules.filter((module) => !existsSync(module))).toEqual([])
  })

  it('each target of the Makefile runs a script that is there', () => {
    const named = readFileSync('Makefile', 'utf8').match(/scripts\/[\w./-]+\.(?:ts|mjs)\b/g) ?? []
    expect(named.filter((module) => !existsSync(module))).toEqual([])
  })
})
