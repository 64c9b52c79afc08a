import { z } from 'zod'
import { gatewayVariables } from '../../gateway/config.ts'
import { agentsVariables } from '../../subgraphs/agents/config.ts'
import { auditVariables } from '../../subgraphs/audit/config.ts'
import { identityVariables } from '../../subgraphs/identity/config.ts'
import { integrationsVariables } from '../../subgraphs/integrations/config.ts'
import { workerVariables } from '../../worker/config.ts'
import { migrateVariables } from '../migrate.ts'
import { configWords } from './config-words.ts'
import { generatedBy, markdownTable } from './markdown-table.ts'

/** What each process reads, by the name of the npm script that starts it. */
export const variablesByProcess: Readonly<Record<string, z.core.$ZodShape>> = {
  gateway: gatewayVariables,
  identity: identityVariables,
  agents: agentsVariables,
  integrations: integrationsVariables,
  audit: auditVariables,
  worker: workerVariables,
  migrate: migrateVariables,
}

/** `docs/reference/config.md`: every variable, from the schemas that the processes read their environment with. */
export function configPage(): string {
  const processes = Object.keys(variablesByProcess)
  const names = [...new Set(processes.flatMap((process) => Object.keys(variablesByProcess[process] ?? {})))]
  const rows = names.map((name) => {
    const readers = processes.filter((process) => name in (variablesByProcess[process] ?? {}))
    const schemas = readers.map((reader) => variablesByProcess[reader]?.[name] as z.ZodType)
    return [`\`${name}\``, readersOf(readers), defaultsOf(readers, schemas), formOf(schemas[0]), wordsOf(name)]
  })
  return `${generatedBy('npm run reference')}

# Configuration

One environment names all variables; each process reads its own and ignores the rest. A process that finds a fault
prints all of its faults by variable name and exits 1. An empty value counts as unset. \`make up\` makes every value
here by itself; \`docs/DEPLOYMENT.md\` says how to make the secrets for production.

**required**: there is no default, and the process does not start without it.

${markdownTable(['Variable', 'Read by', 'Default', 'Form', 'Meaning'], rows)}

\`make up\` also reads \`FORGEOPS_HOME\` (default \`.forgeops\`): ${lowerFirst(wordsOf('FORGEOPS_HOME'))}
`
}

function wordsOf(name: string): string {
  const words = configWords[name]
  if (words === undefined) throw new Error(`scripts/reference/config-words.ts does not say what ${name} is for.`)
  return words
}

const readersOf = (readers: readonly string[]): string => (readers.length === 6 ? 'every process' : readers.join(', '))

/** One default, or whose is which. */
function defaultsOf(readers: readonly string[], schemas: readonly z.ZodType[]): string {
  const defaults = schemas.map(defaultOf)
  const [first = ''] = defaults
  if (defaults.every((each) => each === first)) return first
  return readers.map((reader, at) => `${reader}: ${defaults[at]}`).join('<br>')
}

function defaultOf(schema: z.ZodType): string {
  const unset = schema.safeParse(undefined)
  if (!unset.success) return '**required**'
  const value = unset.data
  if (typeof value === 'boolean') return value ? '`on`' : '`off`'
  const isNone = value === undefined || (Array.isArray(value) && value.length === 0) || value instanceof Map
  return isNone ? 'none' : `\`${String(value)}\``
}

/** What the schema says to a text that it does not take: the same words that an operator reads in the fault. */
function formOf(schema: z.ZodType | undefined): string {
  const refused = schema?.safeParse('\u0000').error?.issues ?? []
  const last = refused.at(-1)
  return last === undefined ? 'text' : last.message.replace(/^must be (an? )?/, '')
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
