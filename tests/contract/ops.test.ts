import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { madeMetrics, metricsOf, ownMetrics } from '../kit/made-metrics.ts'
import { alertRules, alertsFile, dashboardPanels, namedMetrics } from '../kit/ops-files.ts'
import { promtool } from '../kit/promtool.ts'

const alerts = alertRules()
/** The anchors of the manual's headings, as they are linked to. */
const anchors = [...readFileSync('docs/OPERATIONS.md', 'utf8').matchAll(/^#{2,3} (.*)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-'),
)

test('every metric that an alert or a panel asks for, or the manual explains, is one that the code makes', () => {
  const made = [...madeMetrics(), ...ownMetrics()].map((name) => new RegExp(`^${name}$`))
  expect(namedMetrics().length).toBeGreaterThan(30)
  expect(namedMetrics().filter((name) => !made.some((pattern) => pattern.test(name)))).toEqual([])
})

test('what an expression asks for is found in it', () => {
  const expression = 'max by (queue) (rate(a_seconds_bucket{le="x_y"}[5m])) / ignoring (state) b_total > 14.4 * 0.001'
  expect(metricsOf(expression)).toEqual(['a_seconds', 'b_total'])
})

test('every alert says what is felt, how urgent it is, and where it stands what to do', () => {
  expect(alerts.length).toBeGreaterThan(10)
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  for (const { alert, labels, annotations } of alerts) {
    expect(['page', 'ticket'], alert).toContain(labels.severity)
    expect(annotations.summary?.length, alert).toBeGreaterThan(10)
    const [file, anchor = ''] = annotations.runbook_url?.split('#') ?? []
    expect(file, alert).toBe('docs/OPERATIONS.md')
    expect(anchors, alert).toContain(anchor)
  }
})

test('Prometheus takes the rules', { timeout: 240_000 }, () => {
  expect([null, '']).toContain(promtool(['check', 'rules', alertsFile]))
})

test('every panel of the dashboard has a title of its own and asks something of the data source that is chosen', () => {
  const panels = dashboardPanels().filter(({ type }) => type !== 'row')
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
  expect(new Set(dashboardPanels().map(({ id }) => id)).size).toBe(dashboardPanels().length)
  expect(panels.filter(({ targets = [] }) => targets.length === 0)).toEqual([])
  expect(readFileSync('ops/dashboard.json', 'utf8')).not.toMatch(/"uid": "(?!forgeops"|\$\{datasource\}")/)
})
