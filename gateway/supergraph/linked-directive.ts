import type { DocumentNode } from 'graphql'
import { argumentsOf, linksOf } from '#platform/access/security-features'

interface LinkArguments {
  readonly url?: string
  readonly as?: string
  readonly import?: readonly (string | { readonly name: string; readonly as?: string })[]
}

/**
 * How a directive of a linked feature is spelled in one supergraph (core schemas specification): as it was imported, which
 * composition does under another name where a subgraph has one of its own, or else behind the feature's name.
 *
 * @param feature the url of the feature, its version a pattern
 * @returns without the `@`; undefined when the supergraph does not link the feature
 */
export function linkedDirective(document: DocumentNode, feature: RegExp, name: string): string | undefined {
  const link = linksOf(document).find((node) => feature.test(String(argumentsOf(node).url)))
  if (link === undefined) return undefined
  const { url = '', as, import: imports = [] } = argumentsOf(link) as LinkArguments
  const imported = imports.map((item) => (typeof item === 'string' ? { name: item } : item))
  const own = imported.find((item) => item.name === `@${name}`)
  if (own !== undefined) return (own.as ?? own.name).slice(1)
  const specified = url.split('/').at(-2)
  const namespace = as ?? specified
  return name === specified ? namespace : `${namespace}__${name}`
}
