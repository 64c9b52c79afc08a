import type { GraphQLSchema } from 'graphql'
import { Gauge } from 'prom-client'
import type { Runtime } from '#platform/http/runtime'
import type { Redis } from '#platform/redis/redis'
import type { GatewayConfig } from '../../config.ts'
import { AutomaticDocuments } from '../documents/automatic-documents.ts'
import type { DocumentStores } from '../documents/resolve-document.ts'
import { RedisTexts } from '../documents/shared-texts.ts'
import { TrustedDocuments } from '../documents/trusted-documents.ts'
import { UnregisteredOperations } from '../documents/unregistered-operations.ts'
import { limitsWith } from '../limits/operation-limits.ts'
import { ClientProfiles } from './client-profiles.ts'
import { CorsPolicies } from './cors-policies.ts'
import { type ClientFolder, readClients } from './read-clients.ts'

export interface Clients {
  readonly profiles: ClientProfiles
  readonly cors: CorsPolicies
  /**
   * The clients' operations over a schema. Their files are read anew: with another supergraph other operations may have
   * come. The profiles stay those that the gateway started with.
   *
   * @throws ClientsInvalidError when the folder is not in order any more
   */
  readonly documents: (schema: GraphQLSchema) => Promise<DocumentStores>
}

/**
 * Reads the clients' folder; without one there is the default profile alone.
 *
 * @param redis where gateways share the texts that clients persist; null when each keeps its own
 * @throws ClientsInvalidError naming every fault of every profile
 */
export async function openClients(config: GatewayConfig, redis: Redis | null, runtime: Runtime): Promise<Clients> {
  const { clientsFolder, publicUrl } = config
  const read = async (): Promise<readonly ClientFolder[]> => (clientsFolder === null ? [] : readClients(clientsFolder))
  const folders = await read()
  const { registry } = runtime.metrics
  const automatic = config.persistedQueries
    ? new AutomaticDocuments({ shared: redis === null ? null : new RedisTexts(redis) })
    : null
  const unregistered = new UnregisteredOperations(registry, runtime.log)
  const registered = new Gauge({
    name: 'gateway_trusted_documents',
    help: 'Operations that clients have registered, valid over the schema or left out because they are not',
    labelNames: ['client', 'state'] as const,
    registers: [registry],
  })
  return {
    profiles: new ClientProfiles(folders, publicUrl, limitsWith(config.operationLimits)),
    cors: new CorsPolicies(folders),
    documents: async (schema) => {
      const clients = await read()
      const files = clients.flatMap(({ documents }) => documents)
      const trusted = await TrustedDocuments.over(schema, files)
      for (const fault of trusted.faults) runtime.log.warn(fault, 'registered operation left out')
      for (const { name: client } of clients) {
        const count = (all: readonly { readonly client: string }[]) => all.filter((one) => one.client === client).length
        registered.set({ client, state: 'valid' }, count(trusted.documents))
        registered.set({ client, state: 'left_out' }, count(trusted.faults))
      }
      unregistered.tellApart(trusted.documents.map(({ name }) => name))
      return { trusted, automatic, unregistered }
    },
  }
}
