import { scopes as known, type Scope } from '#platform/caller/scopes'
import { InvalidInputError } from '#platform/errors/common-errors'
import { roleDescriptionMax, roleNameMax } from './role.limits.ts'
import { isSystemRole } from './system-roles.ts'

// Plain letters only: a name that merely looks like `owner` must not be possible.
const nameShape = new RegExp(`^[A-Za-z][A-Za-z0-9 ._-]{0,${roleNameMax - 1}}$`)

/** @throws InvalidInputError for a name that a role of an organization cannot have */
export function readRoleName(text: string): string {
  const name = text.trim()
  if (!nameShape.test(name))
    throw new InvalidInputError(
      `A role’s name has at most ${roleNameMax} letters (A to Z), digits, spaces, dots, hyphens and underscores, and begins with a letter.`,
    )
  if (isSystemRole(name.toLowerCase())) throw new InvalidInputError('This is the name of a system role.')
  return name
}

export function readRoleDescription(text: string): string {
  const description = text.trim()
  if (description.length > roleDescriptionMax || /[\p{Cc}\p{Surrogate}]/u.test(description))
    throw new InvalidInputError(`A description has at most ${roleDescriptionMax} printable characters.`)
  return description
}

/**
 * The scopes, each once, in the order of the catalogue.
 *
 * @throws InvalidInputError for none, and for an unknown one
 */
export function readScopes(scopes: readonly string[]): Scope[] {
  const unknown = scopes.find((scope) => !(known as readonly string[]).includes(scope))
  if (unknown !== undefined) throw noSuchScope(unknown)
  if (scopes.length === 0) throw new InvalidInputError('Name at least one scope.')
  return known.filter((scope) => scopes.includes(scope))
}

/** The same for a role: an organization's own never reach the platform's scopes. */
export function readRoleScopes(scopes: readonly string[]): Scope[] {
  const read = readScopes(scopes)
  const platform = read.find((scope) => scope.startsWith('ops:'))
  if (platform !== undefined) throw noSuchScope(platform)
  return read
}

const noSuchScope = (scope: string) =>
  new InvalidInputError(`There is no scope ${JSON.stringify(scope.slice(0, 64))} to give.`)
