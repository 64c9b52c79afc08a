import { DomainError } from '#platform/errors/domain-error'

/**
 * How much one operation may be and ask for. The first eight are of its text alone and are held before it is parsed;
 * `cost` and `listItems` are estimated over the schema (see cost/). `Infinity` for no limit.
 */
export interface OperationLimits {
  /** Tokens of the document: names, values and punctuation (GraphQL §2.1.6). */
  readonly tokens: number
  /** Braces, brackets and parentheses within each other in the text; objects and lists within each other in variables. */
  readonly nesting: number
  /** Fields within each other, fragments spread out. */
  readonly depth: number
  /** Fields, fragments spread out, however often each is spread. */
  readonly fields: number
  /** Fields at the root of an operation, fragments spread out. */
  readonly rootFields: number
  readonly aliases: number
  readonly directives: number
  /** Directives on one field, fragment, spread or operation. */
  readonly directivesPerField: number
  /** The estimated cost of an operation. */
  readonly cost: number
  /** The entries that one list can have in the whole answer: of lists within lists, all of them together. */
  readonly listItems: number
}

export type LimitName = keyof OperationLimits

/** What the text of a document was measured to be, by limit. Of several operations in it, the largest figure of each. */
export type DocumentMeasures = Omit<OperationLimits, 'cost' | 'listItems'>

/**
 * Far above what people write, below what hurts. GraphiQL's introspection has some 200 tokens, 14 levels and 60 fields.
 * A planner's work grows with the cube of the depth: 800 levels that cross subgraphs take seconds and most of a gigabyte.
 */
export const defaultLimits: OperationLimits = {
  tokens: 10_000,
  nesting: 200,
  depth: 50,
  fields: 5_000,
  rootFields: 50,
  aliases: 200,
  directives: 200,
  directivesPerField: 10,
  cost: 10_000,
  listItems: 10_000,
}

/** Of what is trusted. */
export const unlimited = Object.fromEntries(
  Object.keys(defaultLimits).map((limit) => [limit, Number.POSITIVE_INFINITY]),
) as unknown as OperationLimits

/** @param overrides what is laxer or stricter for somebody; of several the last has the word */
export const limitsWith = (...overrides: readonly (Partial<OperationLimits> | undefined)[]): OperationLimits =>
  Object.assign({}, defaultLimits, ...overrides)

/**
 * Refuses a document that was measured before, perhaps by other limits.
 *
 * @throws LimitExceededError
 */
export function holdLimits(measures: DocumentMeasures, limits: OperationLimits): void {
  for (const limit of structural) hold(limits, limit, measures[limit])
}

/** @throws LimitExceededError when more was found than the limit allows */
export function hold(limits: OperationLimits, limit: LimitName, found: number): void {
  if (found > limits[limit]) throw new LimitExceededError(limit, limits[limit], found)
}

const structural = [
  'tokens',
  'nesting',
  'depth',
  'fields',
  'rootFields',
  'aliases',
  'directives',
  'directivesPerField',
] as const satisfies readonly (keyof DocumentMeasures)[]

/** What is limited, for people. */
const nouns: Readonly<Record<LimitName, string>> = {
  tokens: 'tokens',
  nesting: 'levels of nesting',
  depth: 'levels of fields',
  fields: 'fields',
  rootFields: 'fields at its root',
  aliases: 'aliases',
  directives: 'directives',
  directivesPerField: 'directives in one place',
  cost: 'points of estimated cost',
  listItems: 'entries of one list',
}

export interface ExceededFacts {
  /** For people. */
  readonly remark?: string
  /** For programs: they join `limit`, `maximum` and `found` in the error's details. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A limit of operations exceeded: which, its value and what was found are in the words, and in the details for programs. */
export class LimitExceededError extends DomainError {
  readonly limit: LimitName

  /** @param found what was counted; counting ends where a limit is exceeded, so there may be more */
  constructor(limit: LimitName, maximum: number, found: number, { remark, details }: ExceededFacts = {}) {
    const words = `The operation is too complex: it has at least ${found} ${nouns[limit]}, and ${maximum} are allowed.`
    super('OPERATION_TOO_COMPLEX', remark === undefined ? words : `${words} ${remark}`, {
      details: { limit, maximum, found, ...details },
    })
    this.limit = limit
  }
}
