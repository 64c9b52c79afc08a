import type { GraphQLFieldResolver } from 'graphql'
import type { Caller } from '../caller/caller.ts'
import type { Ctx } from './context.ts'
import type { RowTest, Rule } from './rules.ts'

/** What shield found of the caller by a rule: yes whatever the row, no whatever the row, or what each row is asked. */
type Finding = boolean | RowTest

/** What shield found in one request, by the rules of one schema, of one caller: nothing found of another is ever used. */
interface Findings {
  readonly rules: readonly Rule[]
  readonly caller: Caller
  /** In the order of `rules`; undefined where a rule failed, so that it is asked, and fails, at each field. */
  readonly byRule: readonly (Finding | undefined)[]
}

/** The context as shield leaves it: it makes `_shield` at the first field of a request. */
export type GuardedCtx = Ctx & { _shield?: { found?: Findings } }
export type Resolver = GraphQLFieldResolver<unknown, GuardedCtx>

/**
 * Asks a rule about the caller, and lets the row decide what the caller alone may not. At the first field of a request all
 * `rules` of the schema are asked about the caller, so that shield need not be met again where they say yes.
 *
 * @returns true, false, or why not
 */
export function decide(rule: Rule, rules: readonly Rule[], parent: unknown, ctx: GuardedCtx): boolean | Error {
  const { caller, _shield } = ctx
  if (_shield !== undefined && !isOf(_shield.found, rules, ctx))
    _shield.found = { rules, caller, byRule: rules.map((each) => findingOrNone(each, caller)) }
  const finding = findingOf(rule, caller)
  return (typeof finding === 'function' ? finding(parent) : finding) || (rule.refusal?.(caller) ?? false)
}

const isOf = (found: Findings | undefined, rules: readonly Rule[], { caller }: GuardedCtx): found is Findings =>
  found !== undefined && found.rules === rules && found.caller === caller

const findingOf = (rule: Rule, caller: Caller): Finding => rule.allows(caller) || (rule.row?.(caller) ?? false)

function findingOrNone(rule: Rule, caller: Caller): Finding | undefined {
  try {
    return findingOf(rule, caller)
  } catch {
    return undefined
  }
}

/**
 * A field's resolver that goes past shield's asynchronous wrapper where shield has met this caller in this request, and
 * the rule says a literal true to this row. Everything else is shield's to decide.
 *
 * @param number the place of the field's rule in `rules`
 */
export const pastShield =
  (number: number, rules: readonly Rule[], resolve: Resolver, viaShield: Resolver): Resolver =>
  (parent, args, ctx, info) =>
    isFound(number, rules, parent, ctx) ? resolve(parent, args, ctx, info) : viaShield(parent, args, ctx, info)

function isFound(number: number, rules: readonly Rule[], parent: unknown, ctx: GuardedCtx): boolean {
  const found = ctx._shield?.found
  if (!isOf(found, rules, ctx)) return false
  const finding = found.byRule[number]
  if (typeof finding !== 'function') return finding === true
  try {
    return finding(parent) === true
  } catch {
    return false
  }
}
