import type { Variables } from '../../execution/operation.ts'
import { LimitExceededError, type OperationLimits } from './operation-limits.ts'

/**
 * Refuses variables whose objects and lists are nested too deep. JSON is read at any depth, but writing it again for a
 * subgraph is recursive: some thousands of levels exhaust the stack.
 *
 * @throws LimitExceededError
 */
export function boundVariables(variables: Variables, { nesting }: Pick<OperationLimits, 'nesting'>): void {
  if (isDeeper(variables, nesting))
    throw new LimitExceededError('nesting', nesting, nesting + 1, { remark: 'It is its variables that are nested so.' })
}

/** Whether a value of JSON has more than `levelsMax` objects and lists within each other. */
export function isDeeper(value: unknown, levelsMax: number): boolean {
  let here = [value].filter(isContainer)
  for (let levels = 0; here.length > 0; levels += 1) {
    if (levels >= levelsMax) return true
    here = here.flatMap((each) => Object.values(each).filter(isContainer))
  }
  return false
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
