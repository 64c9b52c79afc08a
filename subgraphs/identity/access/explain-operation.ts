import { type FieldNode, getNamedType, isCompositeType, Kind, type SelectionSetNode } from 'graphql'
import { type Decision, decisionsFor, type Selection } from '#platform/access/decide-field'
import type { Rulebook } from '#platform/access/rulebook'
import { fieldOn, possibleTypes } from '#platform/access/selected-field'
import type { Caller } from '#platform/caller/caller'
import { OperationTooComplexError } from './access.errors.ts'
import { AccessDecision, AccessVerdict, type FieldAccess } from './access.graphql.ts'
import { fieldsMax, levelsMax, selectionsMax } from './access.limits.ts'
import type { ReadOperation } from './read-operation.ts'

type Place = Pick<Selection, 'parent' | 'possible'> & {
  readonly path: readonly string[]
  /** The nearest denied field above, which takes all below it along. */
  readonly denied: Decision | null
}

/** Decides each field of a valid operation as gateway and subgraphs would for `caller`, without executing it. */
export function explainOperation(
  rulebook: Rulebook,
  { definition, fragments }: ReadOperation,
  caller: Caller,
): { verdict: AccessVerdict; fields: readonly FieldAccess[] } {
  const { schema } = rulebook
  const decide = decisionsFor(rulebook, caller)
  const fields = new Map<string, FieldAccess>()
  let isRefused = false
  let selectionsLeft = selectionsMax

  const visitField = (node: FieldNode, { parent, possible, path, denied }: Place) => {
    const field = fieldOn(schema, parent, node.name.value)
    if (field.name.startsWith('__')) return
    const here = [...path, node.alias?.value ?? node.name.value]
    if (here.length > levelsMax) throw new OperationTooComplexError(`An operation has at most ${levelsMax} levels.`)
    const own = decide({ parent, possible, field })
    const decision = denied === null ? own : { ...denied, missing: [...new Set([...denied.missing, ...own.missing])] }
    add(here, `${parent.name}.${field.name}`, decision)
    isRefused ||= path.length === 0 && definition.operation !== 'query' && decision.atGateway
    const type = getNamedType(field.type)
    if (node.selectionSet === undefined || !isCompositeType(type)) return
    const below = decision.outcome === 'DENIED' ? decision : null
    visitSet(node.selectionSet, { parent: type, possible: possibleTypes(schema, type), path: here, denied: below })
  }

  const visitSet = ({ selections }: SelectionSetNode, place: Place) => {
    for (const selection of selections) {
      if (selectionsLeft === 0) throw new OperationTooComplexError(`At most ${selectionsMax} selections are followed.`)
      selectionsLeft -= 1
      if (selection.kind === Kind.FIELD) {
        visitField(selection, place)
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (fragment === undefined) continue
      const type = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      const on = isCompositeType(type) ? type : place.parent
      const within = possibleTypes(schema, on)
      const possible = place.possible.filter((each) => within.includes(each))
      if (possible.length > 0) visitSet(fragment.selectionSet, { ...place, parent: on, possible })
    }
  }

  const add = (path: readonly string[], coordinate: string, { outcome, rule, at, missing, stepUp }: Decision) => {
    const key = [outcome, at, coordinate, ...path].join(' ')
    if (fields.has(key)) return
    if (fields.size === fieldsMax) throw new OperationTooComplexError(`At most ${fieldsMax} fields are explained.`)
    const decision = AccessDecision[outcome]
    fields.set(key, { path, coordinate, decision, rule, ruleAt: at, missingScopes: missing, needsStepUp: stepUp })
  }

  const root = schema.getRootType(definition.operation)
  if (root == null) throw new Error('The operation was not validated.')
  visitSet(definition.selectionSet, { parent: root, possible: [root], path: [], denied: null })
  const all = [...fields.values()]
  return { verdict: isRefused ? AccessVerdict.REFUSED : verdictOf(all), fields: all }
}

function verdictOf(fields: readonly FieldAccess[]): AccessVerdict {
  const some = (decision: AccessDecision) => fields.some((field) => field.decision === decision)
  if (some(AccessDecision.DENIED)) return AccessVerdict.PARTIAL
  return some(AccessDecision.DEPENDS_ON_ROW) ? AccessVerdict.DEPENDS_ON_ROW : AccessVerdict.ALLOWED
}
