import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  Source,
  TokenKind,
  validate,
} from 'graphql'
import { type OperationFault, OperationInvalidError, OperationTooComplexError } from './access.errors.ts'
import { faultsMax, nestingMax, tokensMax } from './access.limits.ts'

/** An operation that is valid over a schema. */
export interface ReadOperation {
  readonly definition: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

/**
 * @param text a GraphQL document
 * @param name of one of its operations; needed when there are several
 * @throws OperationInvalidError when it is not GraphQL, not valid over the schema, or has no such operation
 * @throws OperationTooComplexError when it is longer or deeper than can be checked in a moment
 */
export function readOperation(schema: GraphQLSchema, text: string, name: string | null): ReadOperation {
  const document = parsed(text)
  const faults = validate(schema, document, undefined, { maxErrors: faultsMax })
  if (faults.length > 0)
    throw new OperationInvalidError('The operation is not valid.', faults.slice(0, faultsMax).map(faultOf))
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const named = name === null ? operations : operations.filter((each) => each.name?.value === name)
  const [definition, other] = named
  if (definition === undefined) throw new OperationInvalidError('The document has no such operation.')
  if (other !== undefined) throw new OperationInvalidError('The document has several operations: name one.')
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  return { definition, fragments: new Map(fragments.map((each) => [each.name.value, each])) }
}

function parsed(text: string): DocumentNode {
  const source = new Source(text)
  try {
    bound(source)
    return parse(source)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    throw new OperationInvalidError('The operation is not GraphQL.', [faultOf(error)])
  }
}

/** Before it is parsed, which is recursive. */
function bound(source: Source): void {
  const lexer = new Lexer(source)
  let depth = 0
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
    if (tokens === tokensMax) throw new OperationTooComplexError(`An operation has at most ${tokensMax} tokens.`)
    depth += nesting[lexer.token.kind] ?? 0
    if (depth > nestingMax) throw new OperationTooComplexError(`Braces are nested at most ${nestingMax} deep.`)
  }
}

const nesting: Partial<Record<TokenKind, 1 | -1>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
}

const faultOf = ({ message, locations }: GraphQLError): OperationFault => ({ message, ...locations?.[0] })
