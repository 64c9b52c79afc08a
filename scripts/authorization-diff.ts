import { isObjectType } from 'graphql'
import { decisionsFor, type Outcome } from '#platform/access/decide-field'
import { type Rulebook, readRulebook } from '#platform/access/rulebook'
import { anonymousCaller, type Caller } from '#platform/caller/caller'

/** What decides who may do what, as git has it. */
export interface Authorization {
  readonly supergraph: string
  /** `docs/reference/roles.json` */
  readonly roles: string
}

interface Access {
  readonly outcome: Outcome
  /** The rule that decided. */
  readonly rule: string
}

interface Side {
  /** The whole rule of each field. */
  readonly rules: ReadonlyMap<string, string>
  readonly scopes: ReadonlyMap<string, readonly string[]>
  readonly accessOf: (role: string) => ReadonlyMap<string, Access>
}

/** One thing that happens to a role, with `…` for the fields. */
interface Change {
  readonly subject: string
  readonly what: string
  readonly field: string
}

/**
 * What each role gains and loses between two states, in sentences a reviewer can read: `role viewer gains User.email
 * (user:read → signedIn)`. Then the rules that changed without a system role noticing, which others may.
 *
 * @returns null when one of the two states no rules, as supergraphs did before they carried them
 */
export function authorizationDiff(before: Authorization, after: Authorization): string[] | null {
  const [old, now] = [sideOf(before), sideOf(after)]
  if (old.rules.size === 0 || now.rules.size === 0) return null
  const roles = ['anonymous', ...new Set([...old.scopes.keys(), ...now.scopes.keys()])]
  const changes = roles.flatMap((role) => [...scopeChanges(role, old, now), ...fieldChanges(role, old, now)])
  const noticed = new Set(changes.map(({ field }) => field))
  const unnoticed = [...now.rules].flatMap(([field, rule]): Change[] => {
    const was = old.rules.get(field)
    if (was === undefined || was === rule || noticed.has(field)) return []
    return [{ subject: '', what: `the rule of … changes, for no system role (${short(was)} → ${short(rule)})`, field }]
  })
  return sentences([...changes, ...unnoticed], new Set([...old.rules.keys(), ...now.rules.keys()]))
}

function sideOf({ supergraph, roles }: Authorization): Side {
  const rulebook = readRulebook(supergraph)
  const fields = fieldsOf(rulebook)
  const scopes = new Map(Object.entries(JSON.parse(roles) as Record<string, string[]>))
  const rules = fields.flatMap(({ name, parent }): [string, string][] => {
    const stated = [parent.name, name].flatMap((at) => rulebook.stated.get(at) ?? [])
    return stated.length === 0 ? [] : [[name, [...new Set(stated.map((rule) => rule.name))].join(' and ')]]
  })
  const accessOf = (role: string) => {
    const decide = decisionsFor(rulebook, callerWith(role, scopes.get(role) ?? []))
    return new Map(fields.map((field): [string, Access] => [field.name, decide(field)]))
  }
  return { rules: new Map(rules), scopes, accessOf }
}

const callerWith = (role: string, scopes: readonly string[]): Caller => ({
  ...anonymousCaller(null),
  ...(role === 'anonymous' ? {} : { kind: 'user', userId: role, scopes, roles: [role], authTime: 0 }),
})

const fieldsOf = ({ schema }: Rulebook) =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields()).map((field) => ({
          name: `${type.name}.${field.name}`,
          parent: type,
          possible: [type],
          field,
        }))
      : [],
  )

const gained = (role: string, one: Side, other: Side) =>
  (other.scopes.get(role) ?? []).filter((scope) => !one.scopes.get(role)?.includes(scope))

const scopeChanges = (role: string, old: Side, now: Side): Change[] => [
  ...gained(role, old, now).map((scope) => ({ subject: role, what: 'gains the scope …', field: scope })),
  ...gained(role, now, old).map((scope) => ({ subject: role, what: 'loses the scope …', field: scope })),
]

function fieldChanges(role: string, old: Side, now: Side): Change[] {
  const [had, has] = [old.accessOf(role), now.accessOf(role)]
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((field): Change[] => {
    const [before, after] = [had.get(field), has.get(field)]
    const verb = verbOf(before?.outcome ?? 'DENIED', after?.outcome ?? 'DENIED')
    if (verb === undefined) return []
    return [{ subject: role, what: `${verb} (${reasonOf(field, before, after, old, now)})`, field }]
  })
}

function verbOf(before: Outcome, after: Outcome): string | undefined {
  if (before === after) return undefined
  if (after === 'ALLOWED') return before === 'DENIED' ? 'gains …' : 'gains … of every row'
  if (after === 'DENIED') return before === 'ALLOWED' ? 'loses …' : 'loses … of some rows too'
  return before === 'DENIED' ? 'gains … of some rows' : 'loses … but of some rows'
}

function reasonOf(field: string, before: Access | undefined, after: Access | undefined, old: Side, now: Side): string {
  const [was, is] = [old.rules.get(field) ?? '', now.rules.get(field) ?? '']
  if (before === undefined) return `new: ${short(is)}`
  if (after === undefined) return `gone: ${short(was)}`
  if (was !== is) return `${short(was)} → ${short(is)}`
  // The rule of the type that the field answers with, or the role's scopes.
  return before.rule === after.rule ? short(is) : `${short(before.rule)} → ${short(after.rule)}`
}

const short = (rule: string) => rule.replaceAll(/hasScope\(([^)]+)\)/g, '$1')

/** What happens to several fields, or to several roles, in one sentence. */
function sentences(changes: readonly Change[], known: ReadonlySet<string>): string[] {
  const byWhat = Map.groupBy(changes, ({ subject, what }) => `${subject}\n${what}`)
  const told = [...byWhat.values()].map((same) => ({
    subject: same[0]?.subject ?? '',
    text: (same[0]?.what ?? '').replace(
      '…',
      listed(
        same.map(({ field }) => field),
        known,
      ),
    ),
  }))
  return [...Map.groupBy(told, ({ text }) => text)].map(([text, same]) => {
    const subjects = same.map(({ subject }) => subject)
    if (subjects.join() === '') return text
    return subjects.length === 1
      ? `role ${subjects[0]} ${text}`
      : `roles ${subjects.join(', ')} ${text.replace(/^(gain|lose)s/, '$1')}`
  })
}

/** All fields of a type in one word. */
function listed(fields: readonly string[], known: ReadonlySet<string>): string {
  const typeOf = (field: string) => field.split('.')[0] ?? ''
  return [...Map.groupBy(fields, typeOf)]
    .flatMap(([type, some]) => {
      const all = [...known].filter((field) => field.startsWith(`${type}.`))
      return some.length > 1 && some.length === all.length ? [`${type}.*`] : some
    })
    .join(', ')
}
