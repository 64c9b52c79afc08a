import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { metricsOf } from './made-metrics.ts'

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

export const alertsFile = 'ops/alerts.yaml'

export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(alertsFile, 'utf8')) as { groups: readonly { rules: readonly AlertRule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

export const dashboardPanels = (): readonly Panel[] =>
  (JSON.parse(readFileSync('ops/dashboard.json', 'utf8')) as { panels: readonly Panel[] }).panels

/** The metrics of the table in docs/OPERATIONS.md. */
export function explainedMetrics(): readonly string[] {
  const operations = readFileSync('docs/OPERATIONS.md', 'utf8')
  const rows = operations.match(/^\| `[a-z_]+[{`].*$/gm) ?? []
  const cells = rows.map((row) => row.split('|')[1] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z][a-z0-9_]*_[a-z0-9_]+)[{`]/g)].map(([, name = '']) => name))
}

/** Every metric that an alert, a panel or the operator's manual names. */
export const namedMetrics = (): readonly string[] => [
  ...new Set([
    ...alertRules().flatMap(({ expr }) => metricsOf(expr)),
    ...dashboardPanels().flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsOf(expr))),
    ...explainedMetrics(),
  ]),
]
