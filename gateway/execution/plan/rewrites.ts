import type { Rewrite } from '../../planning/query-plan.ts'
import { type Data, isObject, ownValue, setOwn } from './own.ts'
import type { Subtypes } from './subtypes.ts'

const fragment = '... on '

/** What the planner wants changed in data on its way to or from a subgraph; null when that is nothing. */
export function rewriter(rewrites: readonly Rewrite[] | undefined, subtypes: Subtypes): ((data: Data) => void) | null {
  if (rewrites === undefined || rewrites.length === 0) return null
  return (data) => {
    for (const rewrite of rewrites) applyAt(data, rewrite.path, 0, rewrite, subtypes)
  }
}

function applyAt(value: unknown, path: readonly string[], depth: number, rewrite: Rewrite, subtypes: Subtypes): void {
  if (Array.isArray(value)) {
    for (const item of value) applyAt(item, path, depth, rewrite, subtypes)
    return
  }
  const step = path[depth]
  if (!isObject(value) || step === undefined) return
  if (depth === path.length - 1) change(value, step, rewrite)
  else if (!step.startsWith(fragment)) applyAt(ownValue(value, step), path, depth + 1, rewrite, subtypes)
  else if (isOf(value, step.slice(fragment.length), subtypes)) applyAt(value, path, depth + 1, rewrite, subtypes)
}

const isOf = ({ __typename: typename }: Data, condition: string, subtypes: Subtypes): boolean =>
  typeof typename !== 'string' || subtypes.is(typename, condition)

function change(data: Data, key: string, rewrite: Rewrite): void {
  const value = ownValue(data, key)
  if (rewrite.kind === 'ValueSetter') setOwn(data, key, rewrite.setValueTo)
  else if (value !== undefined && value !== null) {
    delete data[key]
    setOwn(data, rewrite.renameKeyTo, value)
  }
}
