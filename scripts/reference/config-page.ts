import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { readEnvFile } from '../env-file.ts'
import { programs } from '../programs.ts'
import { generatedBy, markdownTable } from './markdown-table.ts'

const processCount = 6

/**
 * `docs/reference/config.md`: every variable, from the schemas that the programs read their environment with and the
 * words of `.env.example`.
 *
 * @throws Error naming a variable that `.env.example` says nothing of
 */
export function configPage(): string {
  const words = new Map(readEnvFile(readFileSync('.env.example', 'utf8')).map(({ name, comment }) => [name, comment]))
  const names = [...new Set(programs.flatMap(({ variables }) => Object.keys(variables)))]
  const rows = names.map((name) => {
    const readers = programs.flatMap(({ name: program, variables }) => {
      const schema = variables[name]
      return schema === undefined ? [] : [{ program, schema }]
    })
    const meaning = words.get(name)
    if (meaning === undefined || meaning === '') throw new Error(`.env.example says nothing of ${name}.`)
    return [`\`${name}\``, readersOf(readers), defaultsOf(readers), formOf(readers[0]?.schema), meaning]
  })
  return `${generatedBy('npm run reference')}

# Configuration

One environment names all variables; each process reads its own and ignores the rest. A process that finds a fault
prints all of its faults by variable name and exits 1. An empty value counts as unset. \`make up\` makes every value by
itself, \`npm run env\` writes a \`.env\` with new secrets for \`docker-compose.yml\`; \`docs/DEPLOYMENT.md\` says more.

**required**: there is no default, and the process does not start without it. \`JWKS_URL\` is not needed with \`AUTH=off\`.

${markdownTable(['Variable', 'Read by', 'Default', 'Form', 'Meaning'], rows)}

\`make up\` itself reads \`FORGEOPS_HOME\` (default \`.forgeops\`: all that it generates, data and secrets), \`PORT\`, \`OPS_PORT\`,
\`DATABASE_URL\` and \`REDIS_URL\`.
`
}

interface Reader {
  readonly program: string
  readonly schema: z.ZodType<unknown, string | undefined>
}

const readersOf = (readers: readonly Reader[]): string =>
  readers.length === processCount ? 'every process' : readers.map(({ program }) => program).join(', ')

/** One default, or whose is which. */
function defaultsOf(readers: readonly Reader[]): string {
  const defaults = readers.map(({ program, schema }) => ({ program, value: defaultOf(schema) }))
  const [first] = defaults
  if (first === undefined || defaults.every(({ value }) => value === first.value)) return first?.value ?? ''
  return defaults.map(({ program, value }) => `${program}: ${value}`).join('<br>')
}

function defaultOf(schema: Reader['schema']): string {
  const unset = schema.safeParse(undefined)
  if (!unset.success) return '**required**'
  const value = unset.data
  if (typeof value === 'boolean') return value ? '`on`' : '`off`'
  const isNone = value === undefined || (Array.isArray(value) && value.length === 0) || value instanceof Map
  return isNone ? 'none' : `\`${String(value)}\``
}

/** What the schema says to a text that it does not take: the same words that an operator reads in the fault. */
function formOf(schema: Reader['schema'] | undefined): string {
  const last = schema?.safeParse('\u0000').error?.issues.at(-1)
  return last === undefined ? 'text' : last.message.replace(/^must be (an? )?/, '')
}
