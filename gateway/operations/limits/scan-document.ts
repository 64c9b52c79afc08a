import { type DefinitionShape, expandedOperations } from './document-shape.ts'
import { type DocumentMeasures, holdLimits, LimitExceededError, type OperationLimits } from './operation-limits.ts'
import { TokenReader, tokenKinds } from './token-reader.ts'

const { end, name, spread, colon, at, openBrace, closeBrace, openOther, closeOther } = tokenKinds

/** What a brace, bracket or parenthesis was opened for. */
const [ofFields, ofFragment, ofValue] = [0, 1, 2]

const expandable = ['depth', 'fields', 'rootFields', 'aliases', 'directives'] as const

/**
 * Measures a document by its text alone, before it is parsed, and stops reading where it exceeds a limit. Fragments are seen
 * through. What is no GraphQL is measured somehow: the parser has the words for it.
 *
 * @throws LimitExceededError naming the limit, its value and what was found
 */
export function scanDocument(text: string, limits: OperationLimits): DocumentMeasures {
  const scanner = new Scanner(text, limits)
  const measures = scanner.read()
  for (const expanded of expandedOperations(scanner.definitions)) {
    for (const figure of expandable) measures[figure] = Math.max(measures[figure], expanded[figure])
  }
  holdLimits(measures, limits)
  return measures
}

type Measures = { -readonly [Figure in keyof DocumentMeasures]: number }

/** Counts over a whole document, and apart for each of its definitions, whose spreads it does not follow. */
class Scanner {
  readonly definitions: DefinitionShape[] = []
  readonly #tokens: TokenReader
  readonly #limits: OperationLimits
  readonly #found: Measures = {
    tokens: 0,
    nesting: 0,
    depth: 0,
    fields: 0,
    rootFields: 0,
    aliases: 0,
    directives: 0,
    directivesPerField: 0,
  }
  /** The definition that the text is in; null between them. */
  #definition: DefinitionShape | null = null
  readonly #opened: number[] = []
  /** Of what is open, that which holds fields of fields, and that which is part of a value. */
  #levels = 0
  #values = 0
  #directivesHere = 0
  /** Whether the next brace opens an inline fragment. */
  #inFragment = false
  /** The kind of the token before, where it says what a name is. */
  #before: number = end
  #afterOn = false

  constructor(text: string, limits: OperationLimits) {
    this.#tokens = new TokenReader(text)
    this.#limits = limits
  }

  read(): Measures {
    const found = this.#found
    const limits = this.#limits
    for (let kind = this.#tokens.next(); kind !== end; kind = this.#tokens.next()) {
      found.tokens += 1
      if (found.tokens > limits.tokens) this.#exceeds('tokens')
      if (kind === name) this.#name()
      else if (kind === openBrace || kind === openOther) this.#open(kind)
      else if (kind === closeBrace || kind === closeOther) this.#close()
      else if (kind === at) this.#directive()
      else if (this.#values === 0) {
        if (kind === spread) this.#startSelection(true)
        else if (kind === colon) this.#alias()
      }
      this.#before = kind
    }
    return this.#found
  }

  #name(): void {
    if (this.#values > 0) return
    // The name of a directive, or of the field behind an alias.
    if (this.#before === at || this.#before === colon) return
    if (this.#afterOn) this.#afterOn = false
    else if (this.#definition === null) this.#define(this.#tokens.is('fragment'))
    else if (this.#opened.length === 0) this.#nameDefinition(this.#definition)
    else if (this.#before !== spread) this.#field(this.#definition)
    else if (this.#tokens.is('on')) this.#afterOn = true
    else this.#spread(this.#definition)
  }

  #define(isFragment: boolean): void {
    const nothing = { depth: 0, fields: 0, rootFields: 0, aliases: 0, directives: 0 }
    this.#definition = { isFragment, name: '', ...nothing, spreads: [] }
    this.definitions.push(this.#definition)
    this.#startSelection(false)
  }

  #nameDefinition(definition: DefinitionShape): void {
    if (definition.name === '') definition.name = this.#tokens.text()
  }

  #startSelection(isFragment: boolean): void {
    this.#inFragment = isFragment
    this.#directivesHere = 0
  }

  #field(definition: DefinitionShape): void {
    this.#startSelection(false)
    const found = this.#found
    found.fields += 1
    if (found.fields > this.#limits.fields) this.#exceeds('fields')
    if (this.#levels > found.depth) {
      found.depth = this.#levels
      if (found.depth > this.#limits.depth) this.#exceeds('depth')
    }
    definition.fields += 1
    if (this.#levels === 1) definition.rootFields += 1
    if (this.#levels > definition.depth) definition.depth = this.#levels
  }

  #spread(definition: DefinitionShape): void {
    definition.spreads.push({ fragment: this.#tokens.text(), above: this.#levels - 1 })
    this.#inFragment = false
  }

  #alias(): void {
    this.#found.aliases += 1
    if (this.#found.aliases > this.#limits.aliases) this.#exceeds('aliases')
    if (this.#definition !== null) this.#definition.aliases += 1
  }

  #directive(): void {
    const found = this.#found
    found.directives += 1
    if (found.directives > this.#limits.directives) this.#exceeds('directives')
    if (this.#definition !== null) this.#definition.directives += 1
    // Those of variables and within values are no field's.
    if (this.#values > 0) return
    this.#directivesHere += 1
    if (this.#directivesHere <= found.directivesPerField) return
    found.directivesPerField = this.#directivesHere
    if (found.directivesPerField > this.#limits.directivesPerField) this.#exceeds('directivesPerField')
  }

  #open(token: number): void {
    if (this.#definition === null) this.#define(false)
    const kind = token === openOther || this.#values > 0 ? ofValue : this.#inFragment ? ofFragment : ofFields
    this.#opened.push(kind)
    const found = this.#found
    if (this.#opened.length > found.nesting) {
      found.nesting = this.#opened.length
      if (found.nesting > this.#limits.nesting) this.#exceeds('nesting')
    }
    if (kind === ofValue) this.#values += 1
    else this.#inFragment = false
    if (kind === ofFields) this.#levels += 1
  }

  #close(): void {
    const kind = this.#opened.pop()
    if (kind === ofValue) this.#values -= 1
    else if (this.#opened.length === 0) this.#definition = null
    if (kind === ofFields) this.#levels -= 1
  }

  #exceeds(limit: keyof Measures): never {
    throw new LimitExceededError(limit, this.#limits[limit], this.#found[limit])
  }
}
