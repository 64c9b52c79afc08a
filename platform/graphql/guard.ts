import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import type { Caller } from '../caller/caller.ts'
import { ForbiddenError, UnauthenticatedError } from '../errors/common-errors.ts'
import type { Ctx } from './context.ts'
import { decide, pastShield, type Resolver } from './finding.ts'
import { allow, applyMiddleware, deny, type ShieldRule, shield, rule as shieldRule } from './graphql-shield.ts'
import { anyone, type PermissionMap, type Rule, ruleOf } from './rules.ts'

/** Fields of the Federation protocol itself: they are reached only by requests that the gateway signed. */
const federationFields: PermissionMap = {
  Query: { _entities: anyone, _service: anyone },
  _Service: { sdl: anyone },
}

/**
 * The schema with graphql-shield before every field: what no rule names is denied, also when reached through
 * `_entities`. What a rule says of the caller is decided once for a request; after that its fields answer without
 * shield's asynchronous wrapper, which costs several times the work of a plain field. What it says of a row is asked for
 * each row, by the same function; whatever is not a plain yes is decided by shield.
 *
 * @throws Error when a field of a root is guarded by rows: there is none yet, and a list is narrowed in SQL
 */
export function guard(schema: GraphQLSchema, permissions: PermissionMap): GraphQLSchema {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  // One by what they are, not by name: two may be named alike and differ.
  const rules: Rule[] = []
  const inShield = new Map<Rule, ShieldRule>()
  const toShield = (rule: Rule | undefined): ShieldRule => {
    if (rule === undefined) return deny
    if (rule === anyone) return allow
    const known = inShield.get(rule) ?? asShieldRule(rule, rules)
    if (!inShield.has(rule)) rules.push(rule)
    inShield.set(rule, known)
    return known
  }

  const originals = new Map<string, Resolver>()
  const tree: Record<string, Record<string, ShieldRule>> = {}
  forEachField(schema, (type, field, resolve) => {
    originals.set(`${type.name}.${field}`, resolve)
    const rule = ruleFor(permissions, type.name, field)
    if (rule?.row !== undefined && roots.has(type)) throw new Error(`${type.name}.${field} has no row to decide by.`)
    tree[type.name] = { ...tree[type.name], [field]: toShield(rule) }
  })

  const guarded = applyMiddleware(
    schema,
    shield(tree, {
      fallbackRule: deny,
      allowExternalErrors: true,
      fallbackError: (_error, _parent, _args, ctx) => refusalOf((ctx as unknown as Ctx).caller),
    }),
  )
  forEachField(guarded, (type, field, viaShield, set) => {
    const original = originals.get(`${type.name}.${field}`)
    const rule = ruleFor(permissions, type.name, field)
    if (original === undefined || rule === undefined) return
    set(rule === anyone ? original : pastShield(rules.indexOf(rule), rules, original, viaShield))
  })
  guardSources(guarded, permissions)
  return guarded
}

/**
 * Guards the sources of subscriptions by the rules of their fields: a source runs before there is an event, and with it
 * the field's resolver, and shield guards one of the two.
 */
function guardSources(schema: GraphQLSchema, permissions: PermissionMap): void {
  const type = schema.getSubscriptionType()
  for (const field of Object.values(type?.getFields() ?? {})) {
    const { subscribe } = field
    if (type == null || subscribe === undefined) continue
    const rule = ruleFor(permissions, type.name, field.name)
    field.subscribe = (source, args, ctx: Ctx, info) => {
      if (rule?.allows(ctx.caller) !== true) throw rule?.refusal?.(ctx.caller) ?? refusalOf(ctx.caller)
      return subscribe(source, args, ctx, info)
    }
  }
}

const refusalOf = ({ kind }: Caller) => (kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError())

export const ruleFor = (permissions: PermissionMap, type: string, field: string): Rule | undefined =>
  ruleOf(federationFields, type, field) ?? ruleOf(permissions, type, field)

/** Shield keeps what a rule says of the caller for the request; what it says of a row is asked for each row. */
const asShieldRule = (rule: Rule, rules: readonly Rule[]): ShieldRule =>
  shieldRule(`${rule.name} #${rules.length}`, { cache: rule.row === undefined ? 'contextual' : 'no_cache' })(
    (parent, _args, ctx) => decide(rule, rules, parent, ctx),
  )

function forEachField(
  schema: GraphQLSchema,
  visit: (type: GraphQLObjectType, field: string, resolve: Resolver, set: (resolve: Resolver) => void) => void,
): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      visit(type, field.name, (field.resolve ?? defaultFieldResolver) as Resolver, (resolve) => {
        field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>
      })
    }
  }
}
