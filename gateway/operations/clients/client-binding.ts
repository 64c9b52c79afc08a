import { z } from 'zod'
import type { Caller } from '#platform/caller/caller'

const some = (what: string) => z.array(z.string().min(1)).min(1, `must name at least one ${what}`).max(100)
const yes = () => z.literal(true, { error: 'must be true, or left out' })

/** One way to be a client: all that it states must hold. */
export const bindingShape = z
  .strictObject({
    /** A person who signed in. */
    session: yes().optional(),
    /** Any API key, or one of these by id. */
    apiKey: z.union([yes(), some('API key')], { error: 'must be true or a list of ids' }).optional(),
    /** An agent that acts in a run. */
    agentRun: yes().optional(),
    /** The user, or the service account, is one of these by id. */
    user: some('user').optional(),
    organization: some('organization').optional(),
    /** The application that the token was issued to (`client_id`, RFC 9068 §2.2, or `azp`). */
    clientId: some('client id').optional(),
    /** All of them. */
    scopes: some('scope').optional(),
    /** One of them. */
    roles: some('role').optional(),
    /** The request comes from one of the profile's origins, as its sender says: proof of nothing outside browsers. */
    origin: yes().optional(),
  })
  .refine((binding) => Object.keys(binding).length > 0, 'must state at least one condition')

export type ClientBinding = z.output<typeof bindingShape>

/** Whether a binding rests on something that was verified, and not on the Origin header alone. */
export const isVerified = ({ origin: _origin, ...verified }: ClientBinding): boolean => Object.keys(verified).length > 0

/**
 * Whether a request satisfies a binding.
 *
 * @param fromOwnOrigin whether its Origin is one of the profile's
 */
export function satisfies(binding: ClientBinding, caller: Caller, fromOwnOrigin: boolean): boolean {
  if (binding.origin === true && !fromOwnOrigin) return false
  if (!isVerified(binding)) return true
  if (caller.kind !== 'user') return false
  const { session, apiKey, agentRun, user, organization, clientId, scopes, roles } = binding
  return (
    (session === undefined || (caller.sessionId !== null && caller.runId === null)) &&
    (apiKey === undefined || (caller.apiKeyId !== null && (apiKey === true || apiKey.includes(caller.apiKeyId)))) &&
    (agentRun === undefined || caller.runId !== null) &&
    (user === undefined || (caller.userId !== null && user.includes(caller.userId))) &&
    (organization === undefined || organization.includes(caller.organizationId)) &&
    (clientId === undefined || (caller.clientId !== undefined && clientId.includes(caller.clientId))) &&
    (scopes === undefined || scopes.every((scope) => caller.scopes.includes(scope))) &&
    (roles === undefined || roles.some((role) => caller.roles.includes(role)))
  )
}
