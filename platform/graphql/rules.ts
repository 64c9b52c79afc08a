import type { Caller } from '../caller/caller.ts'
import { StepUpRequiredError } from '../errors/common-errors.ts'
import type { DomainError } from '../errors/domain-error.ts'

/** What a caller must at least be for a field: printed into the schema, so that an edge can refuse early. */
export type Necessary =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'scopes'; readonly anyOf: readonly string[] }

/** What the parent row must be, whoever asks. */
export type RowTest = (parent: unknown) => boolean
/** What the parent row must be, seen by whom. */
export type RowCondition = (parent: unknown, caller: Caller) => boolean

/**
 * A named decision about a field. Without `row` it depends on the caller alone and is made once for a request; with
 * `row` it may also allow what the caller alone would not, by looking at the parent value: once for a request it says
 * what each row is asked, or false when no row could open the field to this caller.
 */
export interface Rule {
  readonly name: string
  readonly necessary: Necessary
  /** What of the caller passes the rule whatever the row, as `allows` decides it; null when only a row can. */
  readonly sufficient: Necessary | null
  /** Whether nobody who is signed in passes without having proven lately who they are. */
  readonly stepUp?: true
  /** Whether no API key passes, whatever its scopes. */
  readonly noKey?: true
  readonly allows: (caller: Caller) => boolean
  readonly row?: (caller: Caller) => RowTest | false
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

/** Somebody in some organization: whatever is missing of the two, nothing else of the caller counts. */
const isMember = (caller: Caller): boolean =>
  caller.kind === 'user' && Boolean(caller.userId) && Boolean(caller.organizationId)

/** A user, or an agent acting for one. */
export const signedIn: Rule = {
  name: 'signedIn',
  necessary: { kind: 'authenticated' },
  sufficient: { kind: 'authenticated' },
  allows: isMember,
}

/** A signed-in caller whose token carries the scope. */
export const hasScope = (scope: string): Rule => ({
  name: `hasScope(${scope})`,
  necessary: { kind: 'scopes', anyOf: [scope] },
  sufficient: { kind: 'scopes', anyOf: [scope] },
  allows: (caller) => isMember(caller) && caller.scopes.includes(scope),
})

const freshSeconds = 5 * 60

/** Whether the person behind the caller proved within the last five minutes that it is they; keys and runs never do. */
export const isFresh = (caller: Caller): boolean =>
  caller.authTime !== null && Date.now() / 1000 - caller.authTime <= freshSeconds

/** `rule`, and the caller has proven lately who they are: step-up authentication (OpenID Connect Core §2, `auth_time`). */
export const fresh = (rule: Rule): Rule => ({
  ...narrowed(rule, isFresh),
  name: `${rule.name}, proven within 5 minutes`,
  stepUp: true,
  refusal: (caller) => (rule.allows(caller) ? new StepUpRequiredError() : undefined),
})

/** `rule`, and it is not an API key that acts: a credential without a person must not lead to further ones. */
export const notByKey = (rule: Rule): Rule => ({
  ...narrowed(rule, (caller) => caller.apiKeyId === null),
  name: `${rule.name}, not by API key`,
  noKey: true,
})

/** `rule`, for those callers alone, whatever a row says. */
const narrowed = (rule: Rule, holds: (caller: Caller) => boolean): Rule => ({
  ...rule,
  allows: (caller) => holds(caller) && rule.allows(caller),
  ...(rule.row && { row: (caller) => holds(caller) && (rule.row?.(caller) ?? false) }),
})

/** `rule`, and the parent row itself says yes. What is necessary for `rule` stays necessary, whatever the row. */
export const andRow = (rule: Rule, name: string, row: RowCondition): Rule => ({
  name: `${rule.name.includes(' or ') ? `(${rule.name})` : rule.name} and ${name}`,
  necessary: rule.necessary,
  sufficient: null,
  ...(rule.stepUp && { stepUp: true }),
  ...(rule.noKey && { noKey: true }),
  allows: () => false,
  row: (caller) => {
    if (rule.allows(caller)) return (parent) => row(parent, caller)
    const also = rule.row?.(caller) ?? false
    return also && ((parent) => also(parent) && row(parent, caller))
  },
})

/**
 * `rule`, or nobody signed in at all: they come with a credential of another kind among the arguments, which the field
 * itself checks. Whoever is signed in needs `rule`.
 *
 * @param name the credential, in words
 */
export const orNobody = (rule: Rule, name: string): Rule => ({
  ...rule,
  name: `${rule.name} or nobody ${name}`,
  necessary: { kind: 'nothing' },
  sufficient: { kind: 'nothing' },
  allows: (caller) => caller.kind !== 'user' || rule.allows(caller),
})

/** `rule`, or else the parent row itself says yes. Only `authenticated` is necessary then: the row is not known earlier. */
export const orRow = (rule: Rule, name: string, row: RowCondition): Rule => ({
  ...either(rule, andRow(signedIn, name, row)),
  name: `${rule.name} or ${name}`,
})

/** Each of two rules is enough by itself, so only what both need is necessary. */
export const either = (one: Rule, other: Rule): Rule => ({
  name: `${one.name} or ${other.name}`,
  necessary: weaker(one.necessary, other.necessary),
  sufficient:
    one.sufficient && other.sufficient
      ? weaker(one.sufficient, other.sufficient)
      : (one.sufficient ?? other.sufficient),
  ...(one.stepUp && other.stepUp && { stepUp: true }),
  ...(one.noKey && other.noKey && { noKey: true }),
  allows: (caller) => one.allows(caller) || other.allows(caller),
  ...((one.row ?? other.row) && { row: (caller) => eitherRow(one.row?.(caller), other.row?.(caller)) }),
})

const eitherRow = (one: RowTest | false = false, other: RowTest | false = false): RowTest | false =>
  one && other ? (parent) => one(parent) || other(parent) : one || other

function weaker(one: Necessary, other: Necessary): Necessary {
  if (one.kind === 'scopes' && other.kind === 'scopes')
    return { kind: 'scopes', anyOf: [...new Set([...one.anyOf, ...other.anyOf])] }
  return [one, other].find(({ kind }) => kind === 'nothing') ?? { kind: 'authenticated' }
}

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
