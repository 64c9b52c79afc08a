import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { configPage } from './reference/config-page.ts'
import { definitionPage } from './reference/definition-page.ts'
import { errorsPage } from './reference/errors-page.ts'
import { permissionsPage } from './reference/permissions-page.ts'
import { readmePage } from './reference/readme-page.ts'

export interface Page {
  readonly file: string
  readonly text: string
}

/** The reference pages, and the generated part of README.md, as the code is now. */
export async function referencePages(): Promise<readonly Page[]> {
  return [
    { file: 'docs/reference/permissions.md', text: await permissionsPage() },
    { file: 'docs/reference/errors.md', text: errorsPage() },
    { file: 'docs/reference/agent-definition.schema.json', text: definitionPage() },
    { file: 'docs/reference/config.md', text: configPage() },
    { file: 'README.md', text: readmePage() },
  ]
}

/** Writes the reference pages that differ from what the code says. */
if (import.meta.main) {
  for (const { file, text } of await referencePages()) {
    if (committed(file) === text) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`Wrote ${file}.`)
  }
}

export function committed(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
