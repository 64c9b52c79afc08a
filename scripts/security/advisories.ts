import { spawnSync } from 'node:child_process'

/** What the advisory service knows of the lockfile's packages; `notRun` says why it could not be asked. */
export type Advisories =
  | { readonly notRun: string }
  | { readonly notRun: null; readonly severe: readonly string[]; readonly minor: readonly string[] }

interface AuditAnswer {
  readonly auditReportVersion?: number
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>
  readonly message?: string
  readonly error?: { readonly summary?: string }
}

/** Asks the registry that npm is configured with, through npm. */
export function askForAdvisories(root: string): Advisories {
  // A configured `offline` would make npm find nothing and call that clean.
  const npm = spawnSync('npm', ['audit', '--json', '--offline=false', '--fetch-retries=1', '--fetch-timeout=20000'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 50_000_000,
    shell: process.platform === 'win32',
  })
  if (npm.error !== undefined) return { notRun: `npm could not be run (${npm.error.message})` }
  return readAdvisories(npm.stdout)
}

/** Reads what `npm audit --json` printed. Severe are `high` and `critical`. */
export function readAdvisories(printed: string): Advisories {
  let answer: AuditAnswer
  try {
    answer = JSON.parse(printed) as AuditAnswer
  } catch {
    return { notRun: 'npm audit printed no report' }
  }
  if (answer.auditReportVersion === undefined || answer.vulnerabilities === undefined) {
    const words = (answer.error?.summary || answer.message || 'npm audit gave no reason').replace(/https?:\S+/g, '…')
    return { notRun: `the advisory service does not answer (${words.split('\n')[0]})` }
  }
  const found = Object.entries(answer.vulnerabilities).map(([name, { severity, range }]) => ({
    isSevere: ['high', 'critical'].includes(severity),
    line: `${name} ${range}: ${severity}`,
  }))
  const lines = (severe: boolean) => found.filter(({ isSevere }) => isSevere === severe).map(({ line }) => line)
  return { notRun: null, severe: lines(true), minor: lines(false) }
}
