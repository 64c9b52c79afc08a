import { type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind, visit } from 'graphql'
import { argumentsOf, type LinkedFeature, securityFeatures } from './security-features.ts'

/** The necessary condition to see a type or a field: all that is set must hold. Lists are any-of lists of all-of lists. */
export interface AccessRule {
  readonly authenticated: boolean
  readonly scopes: readonly (readonly string[])[] | null
  readonly policies: readonly (readonly string[])[] | null
}

/** Rules by schema coordinate: `User` or `User.email`. */
export type AccessRules = ReadonlyMap<string, AccessRule>

/**
 * Splits the rights out of a supergraph: @apollo/gateway refuses to plan over one that carries them.
 *
 * @returns the document without the security directives, their definitions, types and links; and the rules they stated
 * @throws SupergraphInvalidError on a security feature that we do not know
 */
export function splitAccessRules(document: DocumentNode): { document: DocumentNode; rules: AccessRules } {
  const features = securityFeatures(document)
  const byDirective = new Map(features.map((feature) => [feature.directive, feature]))
  return { document: withoutRights(document, features, byDirective), rules: readRules(document, byDirective) }
}

function readRules(document: DocumentNode, byDirective: ReadonlyMap<string, LinkedFeature>): AccessRules {
  const rules = new Map<string, AccessRule>()
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const rule = ruleOf(directives, byDirective)
    if (rule !== undefined) rules.set(coordinate, rule)
  }
  for (const definition of document.definitions) {
    if (!('name' in definition) || definition.name === undefined || definition.kind === Kind.DIRECTIVE_DEFINITION)
      continue
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) continue
    const type = definition.name.value
    add(type, definition.directives)
    const fields =
      'fields' in definition ? (definition.fields as readonly FieldDefinitionNode[] | undefined) : undefined
    for (const field of fields ?? []) add(`${type}.${field.name.value}`, field.directives)
  }
  return rules
}

function ruleOf(
  directives: readonly ConstDirectiveNode[],
  byDirective: ReadonlyMap<string, LinkedFeature>,
): AccessRule | undefined {
  const stated = directives.flatMap((node) => {
    const feature = byDirective.get(node.name.value)?.feature
    return feature === undefined ? [] : [{ feature, values: argumentsOf(node) }]
  })
  if (stated.length === 0) return undefined
  const lists = (feature: string, name: string) =>
    (stated.find((s) => s.feature === feature)?.values[name] as string[][] | undefined) ?? null
  return {
    authenticated: stated.some((s) => s.feature === 'authenticated'),
    scopes: lists('requiresScopes', 'scopes'),
    policies: lists('policy', 'policies'),
  }
}

function withoutRights(
  document: DocumentNode,
  features: readonly LinkedFeature[],
  byDirective: ReadonlyMap<string, LinkedFeature>,
): DocumentNode {
  const urls = new Set(features.map((feature) => feature.url))
  return visit(document, {
    Directive: (node) => {
      const dropped =
        byDirective.has(node.name.value) ||
        (node.name.value === 'link' && urls.has(String(argumentsOf(node as ConstDirectiveNode).url)))
      return dropped ? null : undefined
    },
    DirectiveDefinition: (node) => (byDirective.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (features.some((feature) => feature.owns(node.name.value)) ? null : undefined),
  })
}
