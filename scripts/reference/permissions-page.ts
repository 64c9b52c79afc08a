import { Kind, type ObjectTypeDefinitionNode, type ObjectTypeExtensionNode, parse } from 'graphql'
import { anonymousCaller, type Caller, systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { federate } from '#platform/graphql/federate'
import { ruleFor } from '#platform/graphql/guard'
import type { Rule } from '#platform/graphql/rules'
import { scopesOf } from '../../subgraphs/identity/role/system-roles.ts'
import { subgraphs } from '../subgraphs.ts'
import { generatedBy, markdownTable } from './markdown-table.ts'
import { rolesInOrder as roles } from './roles-file.ts'

const someOrganization = '00000000-0000-7000-8000-000000000001'

const member = (role: string): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId: '00000000-0000-7000-8000-000000000002',
  organizationId: someOrganization,
  roles: [role],
  authTime: Math.floor(Date.now() / 1000),
  scopes: scopesOf([role], someOrganization),
})
const callers: readonly Caller[] = [anonymousCaller(null), ...roles.map(member)]

/** `docs/reference/permissions.md`: role × field, decided by the very rules that guard the fields. */
export async function permissionsPage(): Promise<string> {
  const parts: string[] = []
  for (const subgraph of subgraphs) {
    const { sdl } = await federate(subgraph)
    const rows = objectTypes(sdl).flatMap(([type, fields]) =>
      groupByRule(fields.map((field) => [field, ruleFor(subgraph.permissions, type, field)])).map(([names, rule]) => [
        names.length === fields.length && names.length > 1 && !isRoot(type)
          ? `\`${type}.*\``
          : names.map((name) => `\`${type}.${name}\``).join(' '),
        rule === undefined ? 'nobody' : rule.name.replaceAll(/hasScope\(([^)]+)\)/g, '`$1`'),
        ...callers.map((caller) => verdict(rule, caller)),
      ]),
    )
    parts.push(`## ${subgraph.name}\n\n${markdownTable(['Field', 'Rule', 'anonymous', ...roles], rows)}`)
  }
  return `${generatedBy('npm run reference')}

# Permissions

Who may read which field, call which mutation and follow which subscription, by system role. Deny by default: a field
that no rule names is refused to everybody. The rules stand in the \`*.permissions.ts\` files beside the types; every subgraph enforces them at
each field, also when the field is reached through another subgraph, and a field that two subgraphs name must pass both.

● allowed · ○ allowed for some rows only, as the rule says · blank refused. An agent's run has the scopes that its agent was
granted *and* its starter still holds, whatever the roles; an API key has the scopes it was made with, as far as its
user and its maker still hold them.

*proven within 5 minutes*: answers \`STEP_UP_REQUIRED\` to a person who signed in longer ago, and to keys and runs always.
*not by API key*: refused to keys whatever their scopes. \`explainAccess\` tells the same of any operation.

${parts.join('\n\n')}

## Scopes

What each role's token carries. \`ops:*\` is held by owners while they work in the system organization, and by nobody
else. \`GET {base}/status\` asks for \`ops:read\`.

${scopeTable()}
`
}

function scopeTable(): string {
  const holders = [
    ...roles.map((role) => scopesOf([role], someOrganization)),
    scopesOf(['owner'], systemOrganizationId),
  ]
  const rows = scopes.map((scope) => [`\`${scope}\``, ...holders.map((held) => (held.includes(scope) ? '●' : ''))])
  return markdownTable(['Scope', ...roles, 'owner in the system organization'], rows)
}

function verdict(rule: Rule | undefined, caller: Caller): string {
  if (rule === undefined) return ''
  if (rule.allows(caller)) return '●'
  return rule.row?.(caller) ? '○' : ''
}

const roots = ['Mutation', 'Query', 'Subscription']
const isRoot = (type: string) => roots.includes(type)

function objectTypes(sdl: string): readonly [type: string, fields: readonly string[]][] {
  const isObject = (node: { kind: string }): node is ObjectTypeDefinitionNode | ObjectTypeExtensionNode =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION
  const types = parse(sdl)
    .definitions.filter(isObject)
    .map((node): [string, string[]] => [node.name.value, (node.fields ?? []).map((field) => field.name.value)])
    .filter(([name]) => name !== 'PageInfo')
  // What can be asked for first, then what is met on the way.
  return [
    ...roots.flatMap((root) => types.filter(([name]) => name === root)),
    ...types.filter(([name]) => !isRoot(name)),
  ]
}

/** Fields of one rule together, in the order in which their rules are first met. */
function groupByRule(fields: readonly (readonly [string, Rule | undefined])[]): [string[], Rule | undefined][] {
  const groups = new Map<string, [string[], Rule | undefined]>()
  for (const [name, rule] of fields) {
    const group = groups.get(rule?.name ?? '') ?? [[], rule]
    group[0].push(name)
    groups.set(rule?.name ?? '', group)
  }
  return [...groups.values()]
}
