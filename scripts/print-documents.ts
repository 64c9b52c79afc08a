import { readClients } from '../gateway/operations/clients/read-clients.ts'
import { TrustedDocuments } from '../gateway/operations/documents/trusted-documents.ts'
import { committedClientSchema } from './check-schema.ts'

/**
 * What a client's build embeds: the ids by which its operations are asked for, by their names, in the order of the names.
 *
 * @throws Error when there is no such client, or an operation of it cannot be answered; ClientsInvalidError
 */
export async function documentIds(client: string, folder = 'clients'): Promise<Readonly<Record<string, string>>> {
  const clients = await readClients(folder)
  const found = clients.find(({ name }) => name === client)
  if (found === undefined)
    throw new Error(`There is no client ${client}: there are ${clients.map(({ name }) => name).join(', ')}.`)
  const { documents, faults } = await TrustedDocuments.over(committedClientSchema(), found.documents)
  if (faults.length > 0) throw new Error(faults.map(({ path, fault }) => `${path}: ${fault}`).join('\n'))
  const ids = documents.map(({ name, id }) => [name, `sha256:${id}`] as const)
  return Object.fromEntries(ids.sort(([one], [other]) => (one < other ? -1 : 1)))
}

if (import.meta.main) {
  const [client] = process.argv.slice(2)
  try {
    if (client === undefined) throw new Error('Say which client: npm run documents -- console')
    console.log(JSON.stringify(await documentIds(client), undefined, 2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
