import type { SecretBox } from '#platform/crypto/secret-box'
import { SecretUnreadableError } from '#platform/crypto/secret-box.errors'
import type { ConnectionSecret } from './connection-secret.entity.ts'

/** Field → value of the secrets that open; those that do not are left out. */
export function openSecrets(box: SecretBox, stored: readonly ConnectionSecret[]): Record<string, string> {
  return Object.fromEntries(
    stored.flatMap((secret) => {
      const value = openOne(box, secret)
      return value === undefined ? [] : [[secret.field, value]]
    }),
  )
}

function openOne(box: SecretBox, secret: ConnectionSecret): string | undefined {
  try {
    return box.open(secret.sealed, [secret.organizationId, secret.connectionId, secret.field])
  } catch (error) {
    if (error instanceof SecretUnreadableError) return undefined
    throw error
  }
}
