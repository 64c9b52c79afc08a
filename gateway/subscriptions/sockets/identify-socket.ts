import { InvalidInputError } from '#platform/errors/common-errors'
import { DomainError } from '#platform/errors/domain-error'
import type { RefusalListener } from '#platform/refusals/refusal'
import type { Authority } from '../../authorization/authority.ts'
import type { Credential } from '../../authorization/credential.ts'
import { identify } from '../../authorization/identify.ts'
import type { ClientProfile } from '../../operations/clients/client-profile.ts'
import type { ClientProfiles } from '../../operations/clients/client-profiles.ts'
import { refusedCredentials } from '../../refusals/refused-credentials.ts'

export interface SocketIdentityParts {
  readonly authority: Authority | null
  readonly profiles: ClientProfiles
  readonly refusals: RefusalListener
}

/** Who a socket was opened by, as far as its handshake said. */
export interface Handshake {
  readonly id: string
  readonly traceparent: string
  readonly credential: Credential
  readonly client: ClientProfile
  /** Its Authorization header. */
  readonly authorization: string | undefined
  readonly origin: string | undefined
}

export interface SocketIdentity {
  readonly credential: Credential
  readonly client: ClientProfile
  /** As an `Authorization` header would have it, for subgraphs to which we do not sign. */
  readonly authorization: string | undefined
}

/**
 * Who asks over a socket: what `connection_init` says (browsers can set no headers), under the headers' own names, else
 * what the handshake's headers said.
 *
 * @throws DomainError as `identify` does; BAD_USER_INPUT for a name that is no text; CLIENT_REFUSED
 */
export async function identifySocket(
  { authority, profiles, refusals }: SocketIdentityParts,
  handshake: Handshake,
  params: Readonly<Record<string, unknown>>,
): Promise<SocketIdentity> {
  const said = new Map(Object.entries(params).map(([name, value]) => [name.toLowerCase(), value]))
  const authorization = text(said, 'authorization')
  const apiKey = text(said, 'x-api-key')
  const clientId = text(said, 'x-client-id')
  const { address, userAgent } = handshake.credential.caller
  const isSaid = authorization !== undefined || apiKey !== undefined
  try {
    const credential = isSaid
      ? await identify({ authorization, apiKey }, authority, { address, userAgent })
      : handshake.credential
    const isSame = !isSaid && clientId === undefined
    const client = isSame ? handshake.client : profiles.of(credential.caller, { origin: handshake.origin, clientId })
    return { credential, client, authorization: isSaid ? authorization : handshake.authorization }
  } catch (error) {
    if (error instanceof DomainError && error.refusal)
      refusals.refused(refusedCredentials(error, handshake, { address, userAgent }))
    throw error
  }
}

function text(said: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = said.get(name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new InvalidInputError(`${name} must be a text.`)
  return value
}
