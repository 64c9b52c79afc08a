/** One metric as a process tells it (Prometheus text format 0.0.4). */
export interface ToldMetric {
  readonly name: string
  readonly type: string
  readonly help: string
  /** The names of its labels, and how many series it has. */
  readonly labels: ReadonlySet<string>
  readonly series: number
}

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/
const suffix = /_(bucket|sum|count)$/

/** What a process tells, metric by metric. */
export function metricsIn(text: string): readonly ToldMetric[] {
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]))
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
    const own = text.split('\n').flatMap((line) => {
      const [, told = '', labels = ''] = sample.exec(line) ?? []
      const base = type === 'histogram' || type === 'summary' ? told.replace(suffix, '') : told
      return base === name ? [labels] : []
    })
    const labels = new Set(own.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label = '']) => label)))
    return { name, type, help: helps.get(name) ?? '', labels, series: own.length }
  })
}

const baseUnits: Readonly<Record<string, string>> = {
  milliseconds: 'seconds',
  ms: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  percent: 'ratio',
}
/** Of one process: more series than a house's own scrape should ever hold. */
const seriesMax = 3_000

/** What is wrong with metrics by Prometheus' rules for names and by ours for their number. */
export function metricFaults(metrics: readonly ToldMetric[]): string[] {
  return metrics.flatMap(({ name, type, help, labels, series }) => {
    const words = name.split('_')
    return [
      ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : ['is not in small letters']),
      ...(help === '' ? ['has no help'] : []),
      ...(type === 'counter' && !name.endsWith('_total') ? ['is a counter without _total'] : []),
      ...(type !== 'counter' && name.endsWith('_total') ? ['ends in _total and is no counter'] : []),
      ...(suffix.test(name) ? ['ends as only a part of a histogram does'] : []),
      ...(words.includes(type) ? ['names its type'] : []),
      ...words.flatMap((word) => (baseUnits[word] === undefined ? [] : [`counts in ${word}, not ${baseUnits[word]}`])),
      ...[...labels].flatMap((label) => (/^[a-z][a-z0-9_]*$/.test(label) ? [] : [`has the label ${label}`])),
      ...(series > seriesMax ? [`has ${series} series`] : []),
    ].map((fault) => `${name} ${fault}`)
  })
}
