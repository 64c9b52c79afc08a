import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { ConflictError, InvalidInputError } from '#platform/errors/common-errors'
import { EgressRefusedError } from '#platform/http/egress/egress.errors'
import { newId } from '#platform/id'
import type { Connector } from '../connector/connector.ts'
import { connectorOf } from '../connector/connectors.ts'
import { faultsOf } from '../connector/faults.ts'
import { organizationParts } from '../egress-rule/organization-parts.ts'
import type { IntegrationsCtx, IntegrationsParts } from '../integrations.context.ts'
import { Connection } from './connection.entity.ts'
import type { CreateConnectionInput } from './connection.graphql.ts'
import { configCharactersMax, nameLengthMax } from './connection.limits.ts'
import { ConnectionSecret } from './connection-secret.entity.ts'
import { sealSecrets } from './seal-secrets.ts'

/**
 * Stores a connection with its secrets, sealed to their place. Without a secret that it needs it is stored too, and
 * inactive until that is there.
 *
 * @throws InvalidInputError with the path of every fault; ConnectionSecretsUnavailableError when secrets are given and
 *   the installation has no key; EgressRefusedError, recorded, for an address that the guard would never call;
 *   ConflictError when the name is taken
 */
export async function createConnection(ctx: IntegrationsCtx, input: CreateConnectionInput): Promise<Connection> {
  const name = input.name.trim()
  if (name === '' || name.length > nameLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${nameLengthMax} printable characters.`)
  const connector = connectorOf(input.connector)
  if (connector === undefined) throw new InvalidInputError('There is no connector of this key.')
  const config = readConfig(connector, input.config ?? {})
  const refusal = refusalOf(await organizationParts(ctx), connector, config)
  const { organizationId, userId } = ctx.caller
  const id = newId()
  const sealed = sealSecrets(ctx.parts.secretBox, connector, { organizationId, connectionId: id }, input.secrets)
  try {
    return await write(ctx, 'connection.created', async (tx) => {
      tx.target('connection', id, name)
      tx.detail('connector', connector.key)
      if (refusal !== undefined) return tx.refuse('connection.create-refused', refusal)
      tx.detail(
        'secretFields',
        sealed.map(({ field }) => field),
      )
      for (const secret of sealed) tx.em.create(ConnectionSecret, { ...secret, id: newId() })
      return tx.em.create(Connection, {
        organizationId,
        id,
        name,
        connector: connector.key,
        config: config as Record<string, unknown>,
        status: 'ACTIVE',
        statusReason: null,
        createdBy: userId,
        createdAt: new Date(),
        lastTestedAt: null,
      })
    })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException)
      throw new ConflictError('There is a connection of this name already.')
    throw error
  }
}

function readConfig(connector: Connector, given: unknown): unknown {
  const config = connector.config.safeParse(given)
  if (config.success) {
    if (JSON.stringify(config.data).length <= configCharactersMax) return config.data
    throw new InvalidInputError(`A configuration has at most ${configCharactersMax} characters as JSON.`)
  }
  const faults = faultsOf(config.error).map(({ path, message }) => ({ path: under('config', path), message }))
  const words = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new InvalidInputError(`The configuration does not fit the connector. ${words}`, { details: faults })
}

const under = (root: string, path: string) => (path === '' ? root : `${root}.${path}`)

/** An attempt to reach inside is worth a record, so it is refused in the transaction. */
function refusalOf(parts: IntegrationsParts, connector: Connector, config: unknown): EgressRefusedError | undefined {
  try {
    connector.checkConfig(config, parts)
    return undefined
  } catch (error) {
    if (error instanceof EgressRefusedError) return error
    throw error
  }
}
