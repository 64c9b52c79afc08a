import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { type DocumentFile, documentFile } from '../documents/document-file.ts'
import { ClientsInvalidError } from './clients.errors.ts'
import { contradictions, type ProfileFile, profileFile } from './profile-file.ts'

/** One client's folder as it stands. */
export interface ClientFolder {
  readonly name: string
  readonly profile: ProfileFile
  /** In the order of their names. */
  readonly documents: readonly DocumentFile[]
}

const clientsMax = 50
const documentsMax = 2_000
const folderName = /^[a-z][a-z0-9-]{0,31}$/

/**
 * Reads `<folder>/<client>/profile.yaml` and `<folder>/<client>/operations/*.graphql` of every client, in the order of
 * their names. Operations are read only: whether they are valid is a question to the schema.
 *
 * @throws ClientsInvalidError naming every fault of every file at once
 */
export async function readClients(folder: string): Promise<readonly ClientFolder[]> {
  const names = await readdir(folder, { withFileTypes: true }).then(
    (entries) => entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort(),
    (error: NodeJS.ErrnoException) => {
      throw new ClientsInvalidError([`${folder} cannot be read (${error.code}).`])
    },
  )
  if (names.length > clientsMax) throw new ClientsInvalidError([`${folder} holds more than ${clientsMax} clients.`])
  const read = await Promise.all(names.map((name) => readClient(folder, name)))
  const faults = read.flatMap((client) => ('faults' in client ? client.faults : []))
  if (faults.length > 0) throw new ClientsInvalidError(faults)
  return read.filter((client) => 'profile' in client)
}

type Faults = { readonly faults: readonly string[] }

async function readClient(folder: string, name: string): Promise<ClientFolder | Faults> {
  const path = join(folder, name, 'profile.yaml')
  if (!folderName.test(name)) return { faults: [`${join(folder, name)} is no name of a client: use kebab-case.`] }
  try {
    const parsed = profileFile.safeParse(parseYaml(await readFile(path, 'utf8')) ?? {}, { error: words })
    if (!parsed.success) return { faults: parsed.error.issues.map((issue) => `${path}: ${sentence(issue)}`) }
    const faults = contradictions(name, parsed.data)
    if (faults.length > 0) return { faults: faults.map((fault) => `${path}: ${fault}`) }
    return { name, profile: parsed.data, documents: await readDocuments(name, join(folder, name, 'operations')) }
  } catch (error) {
    if (error instanceof ClientsInvalidError) return { faults: error.faults }
    const { code, message } = error as NodeJS.ErrnoException
    return { faults: [`${path}: ${code === 'ENOENT' ? 'is missing.' : (message.split('\n')[0] ?? '')}`] }
  }
}

function sentence(issue: z.core.$ZodIssue): string {
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : []
  const place = [...issue.path.map(String), ...keys].join('.')
  return `${place === '' ? 'The file' : place} ${keys.length > 0 ? 'is not known' : issue.message}.`
}

/** What zod would say in its own words; a schema's own message goes first. */
const words = (issue: z.core.$ZodRawIssue): string => {
  if (issue.code === 'too_big') return 'is too much'
  if (issue.code !== 'invalid_type') return 'is not right'
  return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`
}

async function readDocuments(client: string, folder: string): Promise<readonly DocumentFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter((name) => name.endsWith('.graphql')).sort()
  if (files.length > documentsMax)
    throw new ClientsInvalidError([`${folder} holds more than ${documentsMax} operations.`])
  return Promise.all(
    files.map(async (name) => {
      const path = join(folder, name)
      return documentFile(client, path, await readFile(path, 'utf8'))
    }),
  )
}
