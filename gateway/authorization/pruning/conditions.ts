import { Kind, type SelectionNode, type VariableDefinitionNode, valueFromASTUntyped } from 'graphql'

/** Values of variables by name, as the client sent them. */
export type Variables = Readonly<Record<string, unknown>>

/** One `@skip` or `@include`. */
export interface Condition {
  /** The value with which the selection counts. */
  readonly wanted: boolean
  readonly variable: string | null
  /** The value itself, or what holds when the variable is not given. */
  readonly otherwise: unknown
}

export function conditionsOf(
  selection: SelectionNode,
  definitions: readonly VariableDefinitionNode[] | undefined,
): readonly Condition[] {
  return (selection.directives ?? []).flatMap((directive): readonly Condition[] => {
    if (directive.name.value !== 'skip' && directive.name.value !== 'include') return []
    const wanted = directive.name.value === 'include'
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
    if (value === undefined) return []
    if (value.kind !== Kind.VARIABLE) return [{ wanted, variable: null, otherwise: valueFromASTUntyped(value) }]
    const variable = value.name.value
    const byDefault = definitions?.find((definition) => definition.variable.name.value === variable)?.defaultValue
    return [{ wanted, variable, otherwise: byDefault === undefined ? undefined : valueFromASTUntyped(byDefault) }]
  })
}

export const allHold = (conditions: readonly Condition[], variables: Variables): boolean =>
  conditions.every(
    ({ wanted, variable, otherwise }) =>
      ((variable === null ? undefined : variables[variable]) ?? otherwise) === wanted,
  )
