import { describe, expect, it } from 'vitest'
import type { PrunedOperation } from './prune-operation.ts'
import { PrunedOperations } from './pruned-operations.ts'

const pruned: PrunedOperation = { effective: null, selected: [], typeKey: 't', denials: [] }
const text = 'x'.repeat(700)

describe('what became of operations', () => {
  it('is kept, also that nothing was denied', () => {
    const kept = new PrunedOperations()
    kept.set('a', pruned, text)
    kept.set('b', null, text)
    expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual([pruned, null, undefined])
  })

  it('is bounded by the text it was made of: what was not used for longest goes first', () => {
    const kept = new PrunedOperations(3_000)
    for (const key of ['a', 'b', 'c']) kept.set(key, pruned, text)
    kept.get('a')
    kept.set('d', pruned, text)
    expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key) === pruned)).toEqual([true, false, true, true])
    for (let i = 0; i < 1_000; i += 1) kept.set(`n${i}`, null, text)
    expect(kept.size).toBeLessThanOrEqual(15)
    for (let i = 0; i < 1_000; i += 1) kept.set('again', pruned, text)
    expect(kept.get('again')).toBe(pruned)
    expect(kept.size).toBeGreaterThan(1)
  })

  it('is not kept when it alone is above the bound', () => {
    const kept = new PrunedOperations(500)
    kept.set('a', pruned, text)
    expect([kept.get('a'), kept.size]).toEqual([undefined, 0])
  })
})
