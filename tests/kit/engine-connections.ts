import { openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { seedCtx } from '../../scripts/seed/seed-context.ts'
import { integrationsConfig } from '../../subgraphs/integrations/config.ts'
import { createConnection } from '../../subgraphs/integrations/connection/create-connection.ts'
import { openIntegrationsParts } from '../../subgraphs/integrations/integrations.context.ts'
import { integrationsDatabase } from '../../subgraphs/integrations/orm.ts'
import type { Place } from './agents.ts'

/** The API key of the connections to models that tests make: to be seen by the provider, and by nobody else. */
export const modelKey = 'canary-model-key-0123456789'

interface Wanted {
  readonly connector: string
  readonly config: object
  readonly secrets?: Readonly<Record<string, string>>
}

/** Stores a connection in the place's organization, past the API. @returns its id */
export async function connect(
  environment: Readonly<Record<string, string>>,
  place: Pick<Place, 'owner'>,
  { connector, config, secrets = {} }: Wanted,
): Promise<string> {
  const parts = openIntegrationsParts(integrationsConfig(environment))
  const url = environment.INTEGRATIONS_DATABASE_URL ?? ''
  const integrations = await openDatabase(integrationsDatabase, { url, poolMax: 2 })
  try {
    const connection = await createConnection(seedCtx(integrations, place.owner, parts), {
      connector,
      name: `${connector} ${newId()}`,
      config,
      secrets: Object.entries(secrets).map(([field, value]) => ({ field, value })),
    })
    return connection.id
  } finally {
    await integrations.orm.close()
    await parts.close()
  }
}

/** A connection to models at this address, with its key. */
export const connectModels = (
  environment: Readonly<Record<string, string>>,
  place: Pick<Place, 'owner'>,
  baseUrl: string,
  config: object = {},
) =>
  connect(environment, place, {
    connector: 'openai-compatible',
    config: { baseUrl, model: 'small', ...config },
    secrets: { apiKey: modelKey },
  })
