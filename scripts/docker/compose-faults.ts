import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, readConfig } from '#platform/config/read-config'
import type { Program } from '../programs.ts'
import { type ComposeFile, type ComposeService, interpolate, namesIn } from './compose-file.ts'

export interface ComposeSurroundings {
  readonly root: string
  readonly programs: readonly Program[]
  /** What an operator's `.env` holds: every name of `.env.example`, with a value where there must be one. */
  readonly environment: Readonly<Record<string, string>>
  /** The Dockerfile's build arguments. */
  readonly buildArguments: ReadonlySet<string>
}

/** What the file names and does not exist, and what our processes would refuse of the environment it gives them. */
export function composeFaults(compose: ComposeFile, around: ComposeSurroundings): string[] {
  return Object.entries(compose.services).flatMap(([name, service]) =>
    [
      ...referenceFaults(service, compose),
      ...pathFaults(service, around),
      ...variableFaults(service, around),
      ...programFaults(service, around),
      ...(name !== 'gateway' && service.ports !== undefined ? ['publishes a port: only the gateway may'] : []),
      ...(service.healthcheck === undefined ? ['has no health check'] : []),
    ].map((fault) => `docker-compose.yml: ${name} ${fault}`),
  )
}

function referenceFaults(service: ComposeService, { services, networks = {}, volumes = {} }: ComposeFile): string[] {
  const missing = (what: string, names: readonly string[], known: object) =>
    names.filter((name) => !Object.hasOwn(known, name)).map((name) => `names the ${what} ${name}, which does not exist`)
  const named = sourcesOf(service).filter((source) => !source.startsWith('.'))
  const unhealthy = Object.entries(service.depends_on ?? {}).filter(
    ([name, { condition }]) => condition === 'service_healthy' && services[name]?.healthcheck?.test === undefined,
  )
  return [
    ...missing('service', Object.keys(service.depends_on ?? {}), services),
    ...missing('network', service.networks ?? [], networks),
    ...missing('volume', named, volumes),
    ...unhealthy.map(([name]) => `waits for the health of ${name}, which has no health check`),
  ]
}

const sourcesOf = (service: ComposeService) => (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '')

function pathFaults(service: ComposeService, { root }: ComposeSurroundings): string[] {
  const { build } = service
  const paths = [
    ...sourcesOf(service).filter((source) => source.startsWith('.')),
    ...(build === undefined ? [] : [join(build.context, build.dockerfile ?? 'Dockerfile')]),
  ]
  return paths.filter((path) => !existsSync(join(root, path))).map((path) => `names ${path}, which does not exist`)
}

function variableFaults(service: ComposeService, { environment, buildArguments }: ComposeSurroundings): string[] {
  const { build, ...rest } = service
  const args = build?.args ?? {}
  const foreign = namesIn(JSON.stringify(rest)).filter((name) => !Object.hasOwn(environment, name))
  const unused = [...Object.keys(args), ...namesIn(JSON.stringify(args))].filter((name) => !buildArguments.has(name))
  return [
    ...new Set([
      ...foreign.map((name) => `takes ${name}, which .env.example lacks`),
      ...unused.map((name) => `gives the build ${name}, which the Dockerfile does not take`),
    ]),
  ]
}

/** For services of our own image: the module that they run, the variables that it knows, and whether it would start. */
function programFaults(service: ComposeService, { programs, environment }: ComposeSurroundings): string[] {
  if (service.build === undefined) return []
  const [module = ''] = service.command ?? []
  const program = programs.find((each) => each.module === module.replace(/\.js$/, '.ts'))
  if (program === undefined) return [`runs ${module || 'no command'}, which is none of our programs`]
  const given = Object.entries(service.environment ?? {})
  const unknown = given.filter(([name]) => !Object.hasOwn(program.variables, name))
  const values = Object.fromEntries(given.map(([name, value]) => [name, interpolate(value, environment)]))
  return [
    ...unknown.map(([name]) => `sets ${name}, which ${program.name} does not read`),
    ...configFaults(program, values).map((fault) => `would not start: ${fault}`),
  ]
}

function configFaults(program: Program, values: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(program.variables, values)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
