import type { Session } from './session.ts'

/** A role through which operations are looked at. */
export interface RoleView {
  readonly name: string
  readonly scopes: readonly string[]
}

const roles = 'query Roles { roles { name scopes } }'

/** The roles of the organization; none when they cannot be read. */
export async function loadRoles(session: Session): Promise<readonly RoleView[]> {
  const answer = await session.send({ query: roles }).catch(() => null)
  return (answer?.data?.roles ?? []) as readonly RoleView[]
}

/** By which the gateway takes away whatever rights the role has not. */
export const viewHeaders = (view: RoleView | null): Record<string, string> =>
  view === null ? {} : { 'x-view-as-role': view.name, 'x-view-as-scopes': view.scopes.join(' ') }
