import type { GraphQLCompositeType, GraphQLField, GraphQLObjectType } from 'graphql'
import type { Caller } from '../caller/caller.ts'
import type { AccessRule } from './access-rules.ts'
import { closedAt } from './denied-field.ts'
import { type Rights, rightsOver } from './rights.ts'
import type { Rulebook, StatedRule } from './rulebook.ts'

/** ALLOWED whatever the row, DENIED whatever the row, or for the row to say. */
export type Outcome = 'ALLOWED' | 'DENIED' | 'DEPENDS_ON_ROW'

/** What is decided about a field where it is selected, and by what. */
export interface Decision {
  readonly outcome: Outcome
  /** The rule that decided, as the permission map calls it. */
  readonly rule: string
  /** The schema coordinate at which it stands. */
  readonly at: string
  /** With these scopes beside those held it would be allowed whatever the row; empty also when no scope can do that. */
  readonly missing: readonly string[]
  /** Whether, beside that, the caller must have proven lately who they are. */
  readonly stepUp: boolean
  /** Whether the gateway denies it, so that it is never asked for; else the subgraph decides. */
  readonly atGateway: boolean
}

/** A field selected on `parent`, where objects of the `possible` types can stand. */
export interface Selection {
  readonly parent: GraphQLCompositeType
  readonly possible: readonly GraphQLObjectType[]
  readonly field: GraphQLField<unknown, unknown>
}

/** How often scopes are added to find all that are missing: a field, its type and its answer can each ask for one. */
const roundsMax = 6
const worst: readonly Outcome[] = ['DENIED', 'DEPENDS_ON_ROW', 'ALLOWED']

/** Decides fields as the gateway and the subgraph do together, for one caller. */
export function decisionsFor(rulebook: Rulebook, caller: Caller): (selection: Selection) => Decision {
  const rightsOf = rightsOver(rulebook.necessary)
  const known = new Map<string, Rights>()
  const rightsWith = (extra: readonly string[]) => {
    const key = extra.join(' ')
    const rights = known.get(key) ?? rightsOf({ ...caller, scopes: [...caller.scopes, ...extra] })
    known.set(key, rights)
    return rights
  }
  const decide = (selection: Selection, extra: readonly string[]) =>
    decideWith(rulebook, rightsWith(extra), { ...caller, scopes: [...caller.scopes, ...extra] }, selection)
  return (selection) => {
    const decision = decide(selection, [])
    const missing = decision.outcome === 'ALLOWED' ? [] : missingScopes((extra) => decide(selection, extra), decision)
    return { ...decision, missing }
  }
}

/** Adds what each decision lacks until the field is allowed. */
function missingScopes(decide: (extra: readonly string[]) => Decision, first: Decision): readonly string[] {
  let [missing, decision]: [readonly string[], Decision] = [[], first]
  for (let round = 0; round < roundsMax; round += 1) {
    if (decision.missing.length === 0) return []
    missing = [...missing, ...decision.missing]
    decision = decide(missing)
    if (decision.outcome === 'ALLOWED') return missing
  }
  return []
}

function decideWith(rulebook: Rulebook, rights: Rights, caller: Caller, selection: Selection): Decision {
  const { parent, possible, field } = selection
  const closed = closedAt(rulebook.schema, rights, parent, possible, field)
  if (closed !== undefined) return deniedByGateway(rulebook, closed, caller)
  const decisions = possible.map((type) => decideOn(rulebook, caller, type.name, field.name))
  const decided = pickWorst(decisions) ?? open(`${parent.name}.${field.name}`)
  // Where types differ, the object that turns up decides.
  const isSame = decisions.every(({ outcome }) => outcome === decided.outcome)
  return isSame ? decided : { ...decided, outcome: 'DEPENDS_ON_ROW' }
}

function deniedByGateway({ necessary, stated }: Rulebook, at: string, { scopes }: Caller): Decision {
  const rule = necessary.get(at)
  const [whole] = stated.get(at) ?? []
  return {
    outcome: 'DENIED',
    rule: whole?.name ?? wordsOf(rule),
    at,
    missing: fewest((rule?.scopes ?? []).map((all) => all.filter((scope) => !scopes.includes(scope)))),
    stepUp: whole?.stepUp ?? false,
    atGateway: true,
  }
}

/** What the subgraphs that have a field of an object type say of it: all their rules must be met. */
function decideOn({ stated, necessary }: Rulebook, caller: Caller, type: string, field: string): Decision {
  const places = [type, `${type}.${field}`]
  const decisions = places.flatMap((at) =>
    (stated.get(at) ?? []).map((rule): Decision => {
      const outcome = outcomeOf(rule, caller)
      const missing = outcome === 'ALLOWED' || isShutOut(rule, caller) ? [] : (rule.scopes ?? []).slice(0, 1)
      return { outcome, rule: rule.name, at, missing, stepUp: rule.stepUp, atGateway: false }
    }),
  )
  const decided = pickWorst(decisions)
  if (decided !== undefined) return { ...decided, stepUp: decisions.some(({ stepUp }) => stepUp) }
  const at = places.toReversed().find((place) => necessary.has(place))
  return at === undefined ? open(places[1] ?? type) : { ...open(at), rule: wordsOf(necessary.get(at)) }
}

/** Whether no scope helps: keys and runs never prove who they are. */
const isShutOut = ({ stepUp, noKey }: StatedRule, { kind, authTime, apiKeyId }: Caller): boolean =>
  (stepUp && kind === 'user' && authTime === null) || (noKey && apiKeyId !== null)

function outcomeOf(rule: StatedRule, caller: Caller): Outcome {
  if (isShutOut(rule, caller)) return 'DENIED'
  if (rule.scopes === null || rule.scopes.some((scope) => caller.scopes.includes(scope))) return 'ALLOWED'
  return rule.row ? 'DEPENDS_ON_ROW' : 'DENIED'
}

const pickWorst = (decisions: readonly Decision[]): Decision | undefined =>
  decisions.toSorted((one, other) => worst.indexOf(one.outcome) - worst.indexOf(other.outcome))[0]

const open = (at: string): Decision => ({
  outcome: 'ALLOWED',
  rule: 'anyone',
  at,
  missing: [],
  stepUp: false,
  atGateway: false,
})

const fewest = (lists: readonly (readonly string[])[]): readonly string[] =>
  lists.toSorted((one, other) => one.length - other.length)[0] ?? []

/** A rule of a supergraph that states only what is necessary. */
function wordsOf(rule: AccessRule | undefined): string {
  if (rule === undefined) return 'anyone'
  if (rule.policies !== null) return 'policy'
  if (rule.scopes === null) return 'signedIn'
  return rule.scopes.map((all) => all.map((scope) => `hasScope(${scope})`).join(' and ')).join(' or ')
}
