const transform = (id: string, expression = 'run.id') => ({ id, kind: 'transform', expression })

/**
 * An agent whose run comes to twenty steps of all sorts, eight of them with an effect on the outside.
 *
 * @param outside the base URL of what takes the effects
 */
export function twentySteps(outside: string): object {
  const post = (id: string, more: object = {}) => ({
    ...{ id, kind: 'http', method: 'POST', idempotent: true, url: `${outside}/{{ run.id }}/${id}` },
    ...{ body: { step: id } },
    ...more,
  })
  return {
    grants: [],
    steps: [
      transform('begin'),
      post('order'),
      transform('check'),
      { id: 'both', kind: 'parallel', branches: { left: [post('reserve')], right: [transform('price'), post('pay')] } },
      transform('list'),
      {
        id: 'each',
        kind: 'map',
        items: 'input.parcels',
        concurrency: 2,
        steps: [post('ship'), transform('label')],
      },
      { id: 'pause', kind: 'wait', for: '1s' },
      post('flaky', { retry: { maxAttempts: 5, initial: '1s' } }),
      transform('sum', '$sum([1..100])'),
      post('thank'),
      transform('end'),
    ],
    output: '"done"',
  }
}

export const stepsOfARun = 20
export const effectsOfARun = 8
/** Which effects come one after the other: those of a stage are over before the next one begins. */
export const effectStages: Readonly<Record<string, string>> = {
  order: 'ordering',
  reserve: 'paying',
  pay: 'paying',
  ship: 'shipping',
  flaky: 'asking',
  thank: 'thanking',
}
