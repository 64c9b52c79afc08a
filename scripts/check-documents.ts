import { existsSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import { ClientsInvalidError } from '../gateway/operations/clients/clients.errors.ts'
import { readClients } from '../gateway/operations/clients/read-clients.ts'
import { TrustedDocuments } from '../gateway/operations/documents/trusted-documents.ts'

/**
 * Which operations clients have registered that a schema cannot answer, and what is wrong with their profiles, in
 * sentences.
 *
 * @param schema what clients see of a supergraph
 * @returns nothing when there are no clients
 */
export async function lostOperations(schema: GraphQLSchema, folder = 'clients'): Promise<string[]> {
  if (!existsSync(folder)) return []
  try {
    const clients = await readClients(folder)
    const files = clients.flatMap(({ documents }) => documents)
    const { faults } = await TrustedDocuments.over(schema, files)
    return faults.map(
      ({ client, operation, path, fault }) =>
        `Client ${client} loses ${operation ?? 'an operation'} (${path}): ${fault}`,
    )
  } catch (error) {
    if (error instanceof ClientsInvalidError) return [...error.faults]
    throw error
  }
}
