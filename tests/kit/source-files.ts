import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'

/** Every file that git keeps or would keep, by its path from the root. */
export const projectFiles = (): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '')

export const isCode = (file: string) => /\.(ts|tsx|mts|mjs|js)$/.test(file)
export const isTest = (file: string) => /\.(test|bench)\.tsx?$/.test(file)

export interface Import {
  readonly file: string
  /** As written. */
  readonly specifier: string
  /** The file of ours that it names, from the root; undefined for a package. */
  readonly target: string | undefined
  /** Gone when the program runs. */
  readonly typeOnly: boolean
}

const statement =
  /(?:^|\n)\s*(?:import|export)(\s+type)?\s+(?:[^'"`;]*?\bfrom\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'/g

/** What a file imports and re-exports. */
export function importsOf(file: string, text = readFileSync(file, 'utf8')): Import[] {
  return [...text.matchAll(statement)].map((match) => {
    const specifier = match[2] ?? match[3] ?? ''
    return { file, specifier, target: targetOf(file, specifier), typeOnly: match[1] !== undefined }
  })
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  return specifier.startsWith('#') ? `${specifier.slice(1)}.ts` : undefined
}
