import type { Caller } from '#platform/caller/caller'

/** A role as the client describes it. */
export interface ViewedRole {
  readonly name: string
  readonly scopes: readonly string[]
}

/**
 * A caller with no more rights than a role has, and no more than their own: who they are stays, so what is open to
 * everybody about themselves stays open.
 */
export const narrowCaller = (caller: Caller, role: ViewedRole): Caller => ({
  ...caller,
  scopes: caller.scopes.filter((scope) => role.scopes.includes(scope)),
  roles: caller.roles.filter((name) => name === role.name),
})
