import { OperationTooComplexError } from '../errors/edge.errors.ts'
import type { Variables } from '../execution/operation.ts'

/**
 * Refuses variables whose objects and lists are nested deeper than `levelsMax`. JSON is read at any depth, but writing it
 * again for a subgraph is recursive: some thousands of levels exhaust the stack.
 */
export function boundVariables(variables: Variables, levelsMax: number): void {
  if (isDeeper(variables, levelsMax))
    throw new OperationTooComplexError(`The variables are nested more than ${levelsMax} levels deep.`)
}

/** Whether a value of JSON has more than `levelsMax` objects and lists within each other. */
export function isDeeper(value: unknown, levelsMax: number): boolean {
  let here = [value].filter(isContainer)
  for (let levels = 0; here.length > 0; levels += 1) {
    if (levels === levelsMax) return true
    here = here.flatMap((each) => Object.values(each).filter(isContainer))
  }
  return false
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
