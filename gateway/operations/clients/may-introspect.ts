import type { Caller } from '#platform/caller/caller'
import type { ClientProfile } from './client-profile.ts'

/**
 * Whether a caller may read the schema with a client.
 *
 * @param signIn whether anybody can sign in: with AUTH=off nobody is kept out for not having done so
 */
export const mayIntrospect = (
  { introspection }: Pick<ClientProfile, 'introspection'>,
  { kind }: Pick<Caller, 'kind'>,
  signIn: boolean,
): boolean => introspection === 'everyone' || (introspection === 'signedIn' && (!signIn || kind !== 'anonymous'))
