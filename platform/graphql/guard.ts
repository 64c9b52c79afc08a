import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql'
import { ForbiddenError, UnauthenticatedError } from '../errors/common-errors.ts'
import type { Ctx } from './context.ts'
import { allow, applyMiddleware, deny, type ShieldRule, shield, rule as shieldRule } from './graphql-shield.ts'
import { anyone, type PermissionMap, type Rule, ruleOf } from './rules.ts'

type Resolver = GraphQLFieldResolver<unknown, Ctx & ShieldCache>
interface ShieldCache {
  _shield?: { cache?: Record<string, unknown> }
}

/** Fields of the Federation protocol itself: they are reached only by requests that the gateway signed. */
const federationFields: PermissionMap = {
  Query: { _entities: anyone, _service: anyone },
  _Service: { sdl: anyone },
}

/**
 * The schema with graphql-shield before every field: what no rule names is denied, also when reached through
 * `_entities`. A rule about the caller alone is decided once for a request; after that its fields answer without
 * shield's asynchronous wrapper, which costs several times the work of a plain field.
 */
export function guard(schema: GraphQLSchema, permissions: PermissionMap): GraphQLSchema {
  const shieldRules = new Map<unknown, ShieldRule>()
  const toShield = (rule: Rule | undefined): ShieldRule => {
    if (rule === undefined) return deny
    if (rule === anyone) return allow
    // Rules about the caller are one by name; what two rows say differs even if somebody named them alike.
    const key = rule.row === undefined ? rule.name : rule
    const known = shieldRules.get(key) ?? asShieldRule(rule, `${rule.name} #${shieldRules.size}`)
    shieldRules.set(key, known)
    return known
  }

  const originals = new Map<string, Resolver>()
  const tree: Record<string, Record<string, ShieldRule>> = {}
  forEachField(schema, (type, field, resolve) => {
    originals.set(`${type}.${field}`, resolve)
    tree[type] ??= {}
    tree[type][field] = toShield(ruleFor(permissions, type, field))
  })

  const guarded = applyMiddleware(
    schema,
    shield(tree, {
      fallbackRule: deny,
      allowExternalErrors: true,
      fallbackError: (_error, _parent, _args, ctx) =>
        (ctx as unknown as Ctx).caller.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError(),
    }),
  )
  restoreFastPath(guarded, permissions, originals)
  return guarded
}

export const ruleFor = (permissions: PermissionMap, type: string, field: string): Rule | undefined =>
  ruleOf(federationFields, type, field) ?? ruleOf(permissions, type, field)

function asShieldRule(rule: Rule, uniqueName: string): ShieldRule {
  const { row } = rule
  if (row === undefined)
    return shieldRule(rule.name, { cache: 'contextual' })(
      (_p, _a, ctx: Ctx) => rule.allows(ctx.caller) || (rule.refusal?.(ctx.caller) ?? false),
    )
  return shieldRule(uniqueName, { cache: 'no_cache' })(
    (parent, _a, ctx: Ctx) => rule.allows(ctx.caller) || row(parent, ctx.caller),
  )
}

function restoreFastPath(
  guarded: GraphQLSchema,
  permissions: PermissionMap,
  originals: ReadonlyMap<string, Resolver>,
): void {
  forEachField(guarded, (type, field, viaShield, set) => {
    const original = originals.get(`${type}.${field}`)
    const rule = ruleFor(permissions, type, field)
    if (original === undefined || rule === undefined) return
    if (rule === anyone) return set(original)
    if (rule.row !== undefined) return
    // Shield's own decision of this request, or none yet; anything but a literal true goes through shield.
    set((parent, args, ctx, info) =>
      ctx._shield?.cache?.[rule.name] === true ? original(parent, args, ctx, info) : viaShield(parent, args, ctx, info),
    )
  })
}

function forEachField(
  schema: GraphQLSchema,
  visit: (type: string, field: string, resolve: Resolver, set: (resolve: Resolver) => void) => void,
): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      visit(type.name, field.name, (field.resolve ?? defaultFieldResolver) as Resolver, (resolve) => {
        field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>
      })
    }
  }
}
