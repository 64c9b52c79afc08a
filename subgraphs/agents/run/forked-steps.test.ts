import { describe, expect, test } from 'vitest'
import { type ForkedStep, stepsToKeep } from './forked-steps.ts'

const step = (path: string, more: Partial<ForkedStep> = {}): Omit<ForkedStep, 'ordinal'> => ({
  ...{ path, stepId: path.split('/').at(-1) ?? path, kind: 'transform', status: 'SUCCEEDED', attempt: 1, state: null },
  ...more,
})
const keep = (steps: Omit<ForkedStep, 'ordinal'>[], fromStep: string, takenUp: string[] = []) =>
  stepsToKeep(
    steps.map((each, ordinal) => ({ ...each, ordinal })),
    fromStep,
    (id) => takenUp.includes(id),
  )?.map(({ path, open, attempt, state }) => ({
    ...{ path, open },
    ...(attempt !== undefined && attempt !== 1 && { attempt }),
    ...(state !== undefined && { state }),
  }))
const kept = (...paths: string[]) => paths.map((path) => ({ path, open: false }))

describe('a fork takes over', () => {
  test('what ended before the step, and neither that step nor what came after it', () => {
    expect(
      keep(
        ['a', 'b', 'c', 'd'].map((path) => step(path)),
        'c',
      ),
    ).toEqual(kept('a', 'b'))
  })

  test('what stands around the step, open, in the iteration and the attempt in which the step stands', () => {
    const steps = [
      step('l', { kind: 'loop', status: 'FAILED', attempt: 2, state: { begun: 3, ended: true } }),
      step('l#2[0]/x'),
      step('l#2[1]/x'),
      step('l#2[1]/y'),
      step('l#2[2]/x'),
    ]
    expect(keep(steps, 'l#2[1]/y')).toEqual([
      { path: 'l', open: true, attempt: 2, state: { attempt: 2, begun: 2, ended: false, most: 2 } },
      ...kept('l#2[0]/x', 'l#2[1]/x'),
    ])
  })

  test('failures that were taken up, and not those that brought down what was around them', () => {
    const failed = { status: 'FAILED' } as const
    const steps = [step('a', failed), step('p', failed), step('p/l/b', failed), step('p/r/c')]
    expect(keep(steps, 'p/r/c', ['a'])).toEqual([...kept('a'), { path: 'p', open: true }])
  })

  test('the failure itself, for a step of what runs instead', () => {
    const steps = [step('a', { status: 'FAILED' }), step('a/onFailure/x'), step('a/onFailure/y')]
    expect(keep(steps, 'a/onFailure/y', ['a'])).toEqual(kept('a', 'a/onFailure/x'))
  })

  test('no step that was undone nor one that is undoing, and reopens what is around it', () => {
    const steps = [
      step('a'),
      step('m', { kind: 'map' }),
      step('m[0]/b'),
      step('m[1]/b'),
      step('z'),
      step('m[1]/b/compensate/u'),
    ]
    expect(keep(steps, 'z')).toEqual([...kept('a'), { path: 'm', open: true }, ...kept('m[0]/b')])
  })

  test('no approval: it was given to the other run', () => {
    expect(keep([step('a'), step('ok', { kind: 'approval' }), step('b'), step('z')], 'z')).toEqual(kept('a', 'b'))
  })
})

test.each(['missing', 'a/compensate/u', 'agent/answer[1]', ''])('a fork cannot go on from %j', (fromStep) => {
  const answer = step('agent/answer[1]', { stepId: 'agent', kind: 'llm' })
  expect(keep([step('a'), step('agent'), answer, step('a/compensate/u')], fromStep)).toBeUndefined()
})
