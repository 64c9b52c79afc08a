import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ConstDirectiveNode, type DocumentNode, Kind, parse, print, visit } from 'graphql'
import { type AccessRules, splitAccessRules } from '#platform/access/access-rules'
import { argumentsOf } from '#platform/access/security-features'
import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import { authenticationTag } from '#platform/graphql/once-per-operation'
import { type CostDirectives, readCostDirectives } from './cost-directives.ts'
import { taggedFields } from './tagged-fields.ts'

export interface SubgraphAddress {
  readonly name: string
  readonly url: string
}

export interface Supergraph {
  /** SHA-256 of the file, hexadecimal: two gateways that say the same one serve the same graph. */
  readonly id: string
  /** What the planner gets: without security directives, with the routing urls in force. */
  readonly sdl: string
  readonly rules: AccessRules
  /** Root fields by which somebody proves who they are. */
  readonly authentications: ReadonlySet<string>
  /** What it says of what things cost, and of how long lists are. */
  readonly costs: CostDirectives
  readonly subgraphs: readonly SubgraphAddress[]
  /** The fields that keys, `@requires` and `@provides` name, on whatever type. */
  readonly fieldSetNames: ReadonlySet<string>
}

/**
 * Reads a composed Federation 2 supergraph from disk.
 *
 * @param urls routing urls by subgraph name, in place of those in the file
 * @throws SupergraphInvalidError when the file is missing, does not parse, or cannot be served
 */
export async function readSupergraph(path: string, urls: ReadonlyMap<string, string>): Promise<Supergraph> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new SupergraphInvalidError(
      `The supergraph ${path} cannot be read (${cause.code}). Compose it first, or set SUPERGRAPH_PATH.`,
    )
  })
  return parseSupergraph(text, urls, path)
}

/** @param source what the text is called in errors */
export function parseSupergraph(text: string, urls: ReadonlyMap<string, string>, source = 'text'): Supergraph {
  const whole = parsed(text, source)
  const { document, rules } = splitAccessRules(whole)
  const authentications = taggedFields(whole, authenticationTag)
  const routed = withUrls(document, urls)
  const subgraphs = subgraphsOf(routed)
  if (subgraphs.length === 0)
    throw new SupergraphInvalidError(`The supergraph ${source} names no subgraphs: it is not a composed supergraph.`)
  for (const { name, url } of subgraphs) {
    if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
      throw new SupergraphInvalidError(`Subgraph ${name} has no http routing url. Set it in SUBGRAPH_URLS.`)
  }
  return {
    id: createHash('sha256').update(text).digest('hex'),
    sdl: print(routed),
    rules,
    authentications,
    costs: readCostDirectives(whole),
    subgraphs,
    fieldSetNames: fieldSetNamesOf(whole),
  }
}

/** Field sets are arguments of composition's own directives, whatever those are called in later versions of it. */
function fieldSetNamesOf(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>()
  visit(document, {
    Argument: ({ name, value }) => {
      if (!['key', 'requires', 'provides'].includes(name.value) || value.kind !== Kind.STRING) return
      for (const [field] of value.value.matchAll(/[_A-Za-z]\w*/g)) names.add(field)
    },
  })
  return names
}

function parsed(text: string, source: string): DocumentNode {
  try {
    return parse(text, { noLocation: true })
  } catch (cause) {
    throw new SupergraphInvalidError(
      `The supergraph ${source} is not GraphQL: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

function subgraphsOf(document: DocumentNode): readonly SubgraphAddress[] {
  const graphs = document.definitions.find(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph',
  )
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) return []
  return (graphs.values ?? []).flatMap((value) =>
    (value.directives ?? []).filter(isGraph).map((node) => {
      const { name, url } = argumentsOf(node)
      return { name: String(name), url: String(url ?? '') }
    }),
  )
}

const isGraph = (node: { readonly name: { readonly value: string } }) => node.name.value === 'join__graph'

function withUrls(document: DocumentNode, urls: ReadonlyMap<string, string>): DocumentNode {
  return visit(document, {
    Directive: (node) => {
      const url = isGraph(node) ? urls.get(String(argumentsOf(node as ConstDirectiveNode).name)) : undefined
      if (url === undefined) return undefined
      const given = (node.arguments ?? []).filter((argument) => argument.name.value !== 'url')
      const name = { kind: Kind.NAME, value: 'url' } as const
      return { ...node, arguments: [...given, { kind: Kind.ARGUMENT, name, value: { kind: Kind.STRING, value: url } }] }
    },
  })
}
