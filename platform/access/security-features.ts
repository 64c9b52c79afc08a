import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql'
import { SupergraphInvalidError } from './supergraph.errors.ts'

export type SecurityFeature = 'authenticated' | 'requiresScopes' | 'policy'

/** How one security feature is spelled in one supergraph, whose `@link` may rename what it brings. */
export interface LinkedFeature {
  readonly feature: SecurityFeature
  /** The url of its `@link`. */
  readonly url: string
  readonly directive: string
  /** Whether a type belongs to the feature, e.g. the scalar `requiresScopes__Scope`. */
  readonly owns: (typeName: string) => boolean
}

/** Exactly the versions whose meaning we know: below 1.0 every version may change it. */
const known: Readonly<Record<string, SecurityFeature>> = {
  'https://specs.apollo.dev/authenticated/v0.1': 'authenticated',
  'https://specs.apollo.dev/requiresScopes/v0.1': 'requiresScopes',
  'https://specs.apollo.dev/policy/v0.1': 'policy',
}

/** What hides parts of the API from clients; planning over it keeps to that by itself. */
const keptByPlanner = new Set([
  'https://specs.apollo.dev/inaccessible/v0.1',
  'https://specs.apollo.dev/inaccessible/v0.2',
])

interface LinkArguments {
  readonly url?: string
  readonly as?: string
  readonly for?: string
  readonly import?: readonly (string | { readonly name: string; readonly as?: string })[]
}

/**
 * The security features that a supergraph links (core schemas specification, `@link(for: SECURITY)`).
 *
 * @throws SupergraphInvalidError on one that we do not know: to serve without it would open what it protects
 */
export function securityFeatures(document: DocumentNode): readonly LinkedFeature[] {
  return linksOf(document).flatMap((node) => {
    const link = argumentsOf(node) as LinkArguments
    const url = link.url ?? ''
    const feature = known[url]
    if (feature !== undefined) return [linked(feature, url, link)]
    if (link.for === 'SECURITY' && !keptByPlanner.has(url))
      throw new SupergraphInvalidError(`The supergraph is protected by ${url}, which is not known here.`)
    return []
  })
}

export function linksOf(document: DocumentNode): readonly ConstDirectiveNode[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter((directive) => directive.name.value === 'link')
      : [],
  )
}

/** The arguments of a directive as plain values; enum values are their names. */
export const argumentsOf = (node: ConstDirectiveNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (node.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
  )

function linked(feature: SecurityFeature, url: string, link: LinkArguments): LinkedFeature {
  const imports = (link.import ?? []).map((item) =>
    typeof item === 'string' ? { name: item, as: item } : { name: item.name, as: item.as ?? item.name },
  )
  const namespace = link.as ?? feature
  const types = new Set(imports.filter(({ name }) => !name.startsWith('@')).map((item) => item.as))
  return {
    feature,
    url,
    directive: imports.find(({ name }) => name === `@${feature}`)?.as.slice(1) ?? namespace,
    owns: (typeName) => typeName.startsWith(`${namespace}__`) || types.has(typeName),
  }
}
