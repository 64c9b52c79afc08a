import { anyone, type PermissionMap, type Rule } from './rules.ts'

/** The rules of a connection's own types: whoever may have the list may walk it. */
export const connectionPermissions = (name: string, rule: Rule): PermissionMap => ({
  [`${name}Connection`]: { '*': rule },
  [`${name}Edge`]: { '*': rule },
})

/** The rules of types that every subgraph shares. */
export const pagePermissions: PermissionMap = { PageInfo: { '*': anyone } }
