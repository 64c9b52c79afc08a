import { createHash } from 'node:crypto'
import { Ajv2020, type ErrorObject, type Options } from 'ajv/dist/2020.js'
import { LRUCache } from 'lru-cache'
import { formats } from './formats.ts'
import { LinearRegExp } from './linear-regexp.ts'
import { type SchemaFault, walkSchema } from './schema-faults.ts'

/** Schemas kept compiled. */
const keptMax = 500
/** Checks of one value; a million take some ten milliseconds. */
const workMax = 20_000_000
/** Up to so many all faults are looked for, beyond them only the first one. */
const workForAllMax = 100_000
const valuesForAllMax = 2_000
const faultsMax = 100

const linear = Object.assign((source: string) => new LinearRegExp(source), { code: 'new RegExp' })

const options: Options = {
  // Unknown keywords and formats were judged before; ajv's own opinions on style are nobody's fault.
  strict: false,
  logger: false,
  // What an object inherits is not in the JSON that it was read from.
  ownProperties: true,
  formats,
  code: { regExp: linear },
}

/** A schema ready for use. */
export interface CompiledSchema {
  /** What does not fit, at most 100 faults, none for a value that fits. The paths are those of the value. */
  faultsOf(value: unknown): readonly SchemaFault[]
}

/**
 * JSON Schemas (2020-12) that people from outside wrote: checked before use, so that none can take more than a bounded
 * time, and kept compiled while they are used. Compiling one makes JavaScript of it; what ajv writes into that is quoted
 * by ajv, and only keywords that were looked through reach it.
 */
export class JsonSchemas {
  readonly #kept = new LRUCache<string, CompiledSchema>({ max: keptMax })
  readonly #meta = new Ajv2020({ ...options, allErrors: true })

  /** What is wrong with a schema, at most 100 faults, with their paths in it. None for one that can be compiled. */
  faultsIn(schema: unknown): readonly SchemaFault[] {
    const { faults } = walkSchema(schema)
    if (faults.length > 0) return faults
    this.#meta.validateSchema(schema as object)
    const told = (this.#meta.errors ?? []).map((error) => faultOf(error, schema))
    if (told.length > 0) return distinct(told)
    try {
      this.compile(schema)
      return []
    } catch {
      return [{ path: [], message: 'The schema cannot be used.' }]
    }
  }

  /**
   * @param schema one that `faultsIn` found nothing wrong with
   * @throws Error for any other
   */
  compile(schema: unknown): CompiledSchema {
    const text = JSON.stringify(schema)
    const key = createHash('sha256').update(text).digest('base64')
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const { faults, checks } = walkSchema(schema)
    if (faults.length > 0) throw new Error(`not a usable schema: ${faults[0]?.message}`)
    // A copy: whoever holds the original may change it. Each in an instance of its own: what one of ajv's has compiled it never lets go.
    const compiled = new Compiled(JSON.parse(text), checks)
    this.#kept.set(key, compiled)
    return compiled
  }
}

class Compiled implements CompiledSchema {
  readonly #schema: object | boolean
  readonly #checks: number
  readonly #first: ReturnType<typeof validator>
  #all: ReturnType<typeof validator> | undefined

  constructor(schema: object | boolean, checks: number) {
    this.#schema = schema
    this.#checks = checks
    this.#first = validator(schema, false)
  }

  faultsOf(value: unknown): readonly SchemaFault[] {
    const values = countValues(value, workMax / this.#checks)
    const work = values * this.#checks
    if (work > workMax) return [{ path: [], message: 'There is too much in it to be checked.' }]
    if (this.#first(value)) return []
    if (work > workForAllMax || values > valuesForAllMax) return told(this.#first.errors, value)
    this.#all ??= validator(this.#schema, true)
    this.#all(value)
    return told(this.#all.errors, value)
  }
}

const validator = (schema: object | boolean, allErrors: boolean) =>
  new Ajv2020({ ...options, allErrors, meta: false, validateSchema: false }).compile(schema)

/** Values within a value and itself; stops counting beyond `most`. */
function countValues(root: unknown, most: number): number {
  const pending: unknown[] = [root]
  let count = 0
  for (; pending.length > 0 && count <= most; count++) {
    const value = pending.pop()
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) pending.push(item)
  }
  return count
}

const told = (errors: readonly ErrorObject[] | null | undefined, value: unknown) =>
  distinct((errors ?? []).map((error) => faultOf(error, value)))

function distinct(faults: readonly SchemaFault[]): SchemaFault[] {
  const byText = new Map(faults.map((fault) => [JSON.stringify(fault), fault]))
  return [...byText.values()].slice(0, faultsMax)
}

/** A missing or unexpected property is told at its own path. */
function faultOf({ instancePath, params, message = 'does not fit' }: ErrorObject, value: unknown): SchemaFault {
  const path: (string | number)[] = []
  let at: unknown = value
  for (const part of instancePath.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(at) ? Number(name) : name)
    at = (at as Record<string, unknown> | undefined)?.[name]
  }
  const own: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  if (typeof own === 'string')
    return { path: [...path, own], message: params.missingProperty === own ? 'is missing' : 'is not expected here' }
  return { path, message }
}
