import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'

const supergraphFile = z.object({
  subgraphs: z.record(z.string(), z.object({ routing_url: z.string(), schema: z.object({ file: z.string() }) })),
})

/**
 * Composes the subgraphs that a rover-shaped file names, offline.
 *
 * @returns the supergraph's SDL
 * @throws Error with every composition error, one a line
 */
export function composeSupergraph(file: string): string {
  const { subgraphs } = supergraphFile.parse(parseYaml(readFileSync(file, 'utf8')))
  const services = Object.entries(subgraphs).map(([name, subgraph]) => ({
    name,
    url: subgraph.routing_url,
    typeDefs: parse(readFileSync(join(dirname(file), subgraph.schema.file), 'utf8')),
  }))
  const result = composeServices(services)
  if (result.errors !== undefined && result.errors.length > 0)
    throw new Error(result.errors.map((error) => error.message).join('\n'))
  return `${result.supergraphSdl}\n`
}

/** Writes the supergraph; with `--check` writes nothing and fails when the committed one differs. */
if (import.meta.main) {
  const target = 'gateway/supergraph.graphql'
  try {
    const sdl = composeSupergraph('supergraph.yaml')
    const fresh = existsSync(target) && readFileSync(target, 'utf8') === sdl
    if (!fresh && process.argv.includes('--check'))
      throw new Error(`${target} is not what the subgraphs compose to. Run \`make compose\`.`)
    if (!fresh) writeFileSync(target, sdl)
    console.log(fresh ? `${target} is fresh.` : `Wrote ${target}.`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
