import type { Caller } from '../caller/caller.ts'
import { StepUpRequiredError } from '../errors/common-errors.ts'
import type { DomainError } from '../errors/domain-error.ts'

/** What a caller must at least be for a field: printed into the schema, so that an edge can refuse early. */
export type Necessary =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'scopes'; readonly anyOf: readonly string[] }

/**
 * A named decision about a field. Without `row` it depends on the caller alone and is made once for a request; with
 * `row` it may also allow what the caller alone would not, by looking at the parent value.
 */
export interface Rule {
  readonly name: string
  readonly necessary: Necessary
  /** What of the caller passes the rule whatever the row, as `allows` decides it; null when only a row can. */
  readonly sufficient: Necessary | null
  /** Whether nobody passes without having proven lately who they are. */
  readonly stepUp?: true
  /** Whether no API key passes, whatever its scopes. */
  readonly noKey?: true
  readonly allows: (caller: Caller) => boolean
  readonly row?: (parent: unknown, caller: Caller) => boolean
  /** Says more of a refusal than that it is one, when the caller can do something about it. */
  readonly refusal?: (caller: Caller) => DomainError | undefined
}

/** Everybody, signed in or not. */
export const anyone: Rule = {
  name: 'anyone',
  necessary: { kind: 'nothing' },
  sufficient: { kind: 'nothing' },
  allows: () => true,
}

/** A user, or an agent acting for one. */
export const signedIn: Rule = {
  name: 'signedIn',
  necessary: { kind: 'authenticated' },
  sufficient: { kind: 'authenticated' },
  allows: (caller) => caller.kind === 'user',
}

/** A signed-in caller whose token carries the scope. */
export const hasScope = (scope: string): Rule => ({
  name: `hasScope(${scope})`,
  necessary: { kind: 'scopes', anyOf: [scope] },
  sufficient: { kind: 'scopes', anyOf: [scope] },
  allows: (caller) => caller.kind === 'user' && caller.scopes.includes(scope),
})

const freshSeconds = 5 * 60

/** Whether the person behind the caller proved within the last five minutes that it is they; keys and runs never do. */
export const isFresh = (caller: Caller): boolean =>
  caller.authTime !== null && Date.now() / 1000 - caller.authTime <= freshSeconds

/** `rule`, and the caller has proven lately who they are: step-up authentication (OpenID Connect Core §2, `auth_time`). */
export const fresh = (rule: Rule): Rule => ({
  ...rule,
  name: `${rule.name}, proven within 5 minutes`,
  stepUp: true,
  allows: (caller) => rule.allows(caller) && isFresh(caller),
  refusal: (caller) => (rule.allows(caller) ? new StepUpRequiredError() : undefined),
})

/** `rule`, and it is not an API key that acts: a credential without a person must not lead to further ones. */
export const notByKey = (rule: Rule): Rule => ({
  ...rule,
  name: `${rule.name}, not by API key`,
  noKey: true,
  allows: (caller) => caller.apiKeyId === null && rule.allows(caller),
})

/**
 * `rule`, or nobody signed in at all: they come with a credential of another kind among the arguments, which the field
 * itself checks. Whoever is signed in needs `rule`.
 *
 * @param name the credential, in words
 */
export const orNobody = ({ stepUp: _mayBeSkipped, ...rule }: Rule, name: string): Rule => ({
  ...rule,
  name: `${rule.name} or nobody ${name}`,
  necessary: { kind: 'nothing' },
  sufficient: { kind: 'nothing' },
  allows: (caller) => caller.kind !== 'user' || rule.allows(caller),
})

/** `rule`, or else the parent row itself says yes. Only `authenticated` is necessary then: the row is not known earlier. */
export const orRow = (rule: Rule, name: string, row: (parent: unknown, caller: Caller) => boolean): Rule => ({
  name: `${rule.name} or ${name}`,
  necessary: { kind: 'authenticated' },
  sufficient: rule.sufficient,
  allows: rule.allows,
  row: (parent, caller) => caller.kind === 'user' && row(parent, caller),
})

/** Type → field → rule; `'*'` stands for the fields of the type that are not named. */
export type PermissionMap = Readonly<Record<string, Readonly<Record<string, Rule>>>>

/** The rule of a field; undefined means nobody ever thought of it, and it is denied. */
export const ruleOf = (permissions: PermissionMap, type: string, field: string): Rule | undefined =>
  permissions[type]?.[field] ?? permissions[type]?.['*']

/** @throws Error when two maps speak of the same field: then one of them would be silently without effect */
export function mergePermissions(maps: readonly PermissionMap[]): PermissionMap {
  const merged: Record<string, Record<string, Rule>> = {}
  for (const map of maps) {
    for (const [type, fields] of Object.entries(map)) {
      merged[type] ??= {}
      for (const [field, rule] of Object.entries(fields)) {
        if (merged[type][field] !== undefined) throw new Error(`Two permission maps name ${type}.${field}.`)
        merged[type][field] = rule
      }
    }
  }
  return merged
}
