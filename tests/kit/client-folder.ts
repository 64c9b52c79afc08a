import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { newTemporaryFolder } from './temporary-folder.ts'

/** A client as a test states it: its profile, and its operations by file name. */
export interface StatedClient {
  readonly profile: Readonly<Record<string, unknown>>
  readonly operations?: Readonly<Record<string, string>>
}

/** Writes a clients' folder. @returns its path, and what removes it */
export function clientFolder(clients: Readonly<Record<string, StatedClient>>): { folder: string; remove(): void } {
  const { folder, remove } = newTemporaryFolder()
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [name, { profile, operations = {} }] of Object.entries(clients)) {
    write(`${name}/profile.yaml`, stringify({ description: name, ...profile }))
    for (const [file, text] of Object.entries(operations)) write(`${name}/operations/${file}.graphql`, text)
  }
  return { folder, remove }
}
