import jsonata from 'jsonata'
import { expect, test } from 'vitest'
import { certainReads } from './certain-reads.ts'

const readsOf = (expression: string) =>
  certainReads(jsonata(expression).ast())
    .map((names) => names.join('.'))
    .toSorted()

test.each([
  ['steps.a.b', ['steps.a']],
  ['$$.steps.a', ['steps.a']],
  ['steps.a ? steps.b : -steps.c', ['steps.a', 'steps.b', 'steps.c']],
  ['($x := steps.a; [steps.b, {"n": steps.c}])', ['steps.a', 'steps.b', 'steps.c']],
  ['(steps.a & "").steps.b', ['steps.a']],
  ['$sum(steps.a) ~> $string', ['steps.a']],
  ['steps.a[steps.b = 1]', ['steps.a']],
  ['items.(steps.b)', []],
  ['items{steps.a: steps.b}', []],
  ['$map(steps.a, function($v) { steps.b })', ['steps.a']],
  ['steps[0].a', []],
  ['steps', []],
  ['steps.*', []],
])('%s reads for certain: %j', (expression, reads) => {
  expect(readsOf(expression)).toEqual(reads)
})
