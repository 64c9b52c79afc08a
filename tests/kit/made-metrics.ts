import { globSync, readFileSync } from 'node:fs'
import { createMetrics } from '#platform/telemetry/metrics'

/** Names of metrics that the code makes, a filled-in part as a pattern: `queue_advance_run_jobs` fits `queue_\w+_jobs`. */
export function madeMetrics(): readonly string[] {
  const code = globSync('{platform,gateway,subgraphs,worker}/**/*.ts')
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const named = [...code.matchAll(/\bname: (?:'([^']+)'|`([^`]+)`),\s+help:/g)]
  return named.map(([, plain, filled = '']) => (plain ?? filled).replace(/\$\{.*?\}/g, '\\w+'))
}

/** Those that every process has besides: of Node.js and of the process itself. */
export const ownMetrics = (): readonly string[] =>
  createMetrics('test')
    .registry.getMetricsAsArray()
    .map(({ name }) => name)

const words = new Set(
  'sum max min avg count topk rate increase delta min_over_time histogram_quantile absent and or unless by without ignoring on'.split(
    ' ',
  ),
)

/** The metrics that a PromQL expression asks for, parts of histograms as the whole. */
export function metricsOf(expression: string): readonly string[] {
  const bare = expression
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|ignoring|on)\s*\([^)]*\)/g, '')
  const names = bare.match(/\b[a-z_][a-z0-9_]*\b/g) ?? []
  return [...new Set(names.filter((name) => !words.has(name)).map((name) => name.replace(/_(bucket|sum|count)$/, '')))]
}
