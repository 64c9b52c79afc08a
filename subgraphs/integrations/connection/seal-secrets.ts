import type { SecretBox } from '#platform/crypto/secret-box'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Connector } from '../connector/connector.ts'
import { ConnectionSecretsUnavailableError } from './connection.errors.ts'
import { secretsMax } from './connection.limits.ts'

export interface SealedSecret {
  readonly organizationId: string
  readonly connectionId: string
  readonly field: string
  readonly sealed: string
}

/**
 * Checks the secrets given for a connection and seals each to its organization, connection and field.
 *
 * @throws InvalidInputError that names fields, never values; ConnectionSecretsUnavailableError without a box
 */
export function sealSecrets(
  box: SecretBox | undefined,
  connector: Connector,
  place: { readonly organizationId: string; readonly connectionId: string },
  given: readonly { readonly field: string; readonly value: string }[],
): SealedSecret[] {
  if (given.length === 0) return []
  if (given.length > secretsMax) throw new InvalidInputError(`A connection has at most ${secretsMax} secrets.`)
  if (new Set(given.map(({ field }) => field)).size < given.length)
    throw new InvalidInputError('A secret is given twice.')
  const faults = given.flatMap((secret, i) => faultOf(connector, secret, i))
  if (faults.length > 0) {
    const words = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new InvalidInputError(`The secrets do not fit the connector. ${words}`, { details: faults })
  }
  if (box === undefined) throw new ConnectionSecretsUnavailableError()
  const { organizationId, connectionId } = place
  return given.map(({ field, value }) => ({
    ...place,
    field,
    sealed: box.seal(value, [organizationId, connectionId, field]),
  }))
}

function faultOf(connector: Connector, { field, value }: { field: string; value: string }, i: number) {
  const known = connector.secrets.find((secret) => secret.field === field)
  // Somebody may have put the value where the field's name belongs, so the name is not repeated.
  if (known === undefined) return [{ path: `secrets.${i}.field`, message: 'names no secret of this connector' }]
  const parsed = known.schema.safeParse(value)
  return parsed.success
    ? []
    : [{ path: `secrets.${i}.value`, message: parsed.error.issues[0]?.message ?? 'is not valid' }]
}
