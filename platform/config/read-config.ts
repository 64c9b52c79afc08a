import { z } from 'zod'

export type Environment = Readonly<Record<string, string | undefined>>

/** Every fault of a configuration at once; `faults` are sentences that name the variable and never quote its value. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  ${f}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Reads one process's variables. An empty string counts as unset.
 *
 * @param variables name → zod schema of its text (units.ts has the usual ones)
 * @param environment the process's variables; others than those named are ignored
 * @throws ConfigError naming all faults together
 */
export function readConfig<S extends z.ZodRawShape>(variables: S, environment: Environment): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(
    Object.keys(variables).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  )
  const parsed = z.object(variables).safeParse(given)
  if (parsed.success) return parsed.data
  throw new ConfigError(parsed.error.issues.map((issue) => fault(issue, given)))
}

function fault(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0])
  return given[name] === undefined ? `${name} is not set.` : `${name} ${issue.message}.`
}

/** Runs `read` for a process's entry point: on a ConfigError prints every fault and exits 1. */
export function configOrExit<C>(read: () => C): C {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
