import { expect, test } from 'vitest'
import { metricFaults, metricsIn } from './metric-faults.ts'
import { promtool } from './promtool.ts'

const good = `# HELP a_duration_seconds Time
# TYPE a_duration_seconds histogram
a_duration_seconds_bucket{le="1",kind="x"} 1
a_duration_seconds_sum{kind="x"} 1
a_duration_seconds_count{kind="x"} 1
# HELP b_total Things
# TYPE b_total counter
b_total 4
`
const told = (name: string, type: string, labels = '') =>
  `# HELP ${name} Words\n# TYPE ${name} ${type}\n${name}${labels} 1\n`

// The first to need promtool waits for it to be downloaded.
const downloadMs = 240_000

test(
  'metrics are read with their labels, parts of a histogram as one',
  () => {
    expect(metricsIn(good).map(({ name, type, series }) => [name, type, series])).toEqual([
      ['a_duration_seconds', 'histogram', 3],
      ['b_total', 'counter', 1],
    ])
    expect(metricFaults(metricsIn(good))).toEqual([])
    expect([null, '']).toContain(promtool(['check', 'metrics'], good))
  },
  downloadMs,
)

test.each([
  ['things', 'counter', '', 'is a counter without _total'],
  ['things_total', 'gauge', '', 'ends in _total and is no counter'],
  ['things_count', 'gauge', '', 'ends as only a part of a histogram does'],
  ['lag_milliseconds', 'gauge', '', 'counts in milliseconds, not seconds'],
  ['lag_gauge', 'gauge', '', 'names its type'],
  ['things', 'gauge', '{someLabel="x"}', 'has the label someLabel'],
])('%s as a %s%s is faulted as Prometheus faults it', (name, type, labels, fault) => {
  const text = told(name, type, labels)
  expect(metricFaults(metricsIn(text))).toEqual([`${name} ${fault}`])
  expect(promtool(['check', 'metrics'], text)).not.toBe('')
})

test('a metric without help, and one with too many series, are faults', () => {
  expect(metricFaults(metricsIn('# TYPE a gauge\na 1\n'))).toEqual(['a has no help'])
  const many = Array.from({ length: 3_001 }, (_, n) => `a{n="${n}"} 1`).join('\n')
  expect(metricFaults(metricsIn(`# HELP a A\n# TYPE a gauge\n${many}\n`))).toEqual(['a has 3001 series'])
})
