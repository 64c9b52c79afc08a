import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { Kind, parse } from 'graphql'
import { subgraphs } from '../subgraphs.ts'

/** What the work tree says of itself. */
export interface State {
  /** RFC 3339. */
  readonly at: string
  readonly machine: string
  readonly version: string
  /** The subject: its hash would be another as soon as the log is committed. */
  readonly commit: string
  readonly clean: boolean
  readonly node: string
  readonly packages: readonly { readonly name: string; readonly version: string }[]
  /** The beginning of the SHA-256 of the supergraph's text. */
  readonly supergraph: string
  readonly types: number
  readonly subgraphs: readonly {
    readonly name: string
    readonly queries: readonly string[]
    readonly mutations: readonly string[]
  }[]
}

/** The packages that decide how the house behaves. */
const telling = [
  '@apollo/gateway',
  '@apollo/server',
  '@apollo/subgraph',
  '@mikro-orm/postgresql',
  'bee-queue',
  'fastify',
  'graphql',
  'graphql-shield',
  'jsonata',
  'type-graphql',
]

export function currentState(): State {
  const supergraph = readFileSync('gateway/supergraph.graphql', 'utf8')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, { version: string }>>
  }
  const inHouse = (name: string) => !name.includes('__') && !name.startsWith('_')
  const types = parse(supergraph).definitions.filter((node) => 'name' in node && inHouse(node.name?.value ?? ''))
  return {
    at: new Date().toISOString(),
    machine: `${availableParallelism()} processors with a load of ${loadavg()[0]?.toFixed(1)}`,
    version,
    commit: git('log', '-1', '--format=%s'),
    clean: git('status', '--porcelain') === '',
    node: process.versions.node,
    packages: telling.map((name) => ({ name, version: packages[`node_modules/${name}`]?.version ?? 'not there' })),
    supergraph: createHash('sha256').update(supergraph).digest('hex').slice(0, 16),
    types: types.filter(({ kind }) => kind.endsWith('TypeDefinition')).length,
    subgraphs: subgraphs.map(({ name }) => ({
      name,
      queries: rootFields(name, 'Query'),
      mutations: rootFields(name, 'Mutation'),
    })),
  }
}

function rootFields(subgraph: string, root: string): string[] {
  const { definitions } = parse(readFileSync(`subgraphs/${subgraph}/schema.graphql`, 'utf8'))
  return definitions.flatMap((node) =>
    (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION) && node.name.value === root
      ? (node.fields ?? []).map((field) => `\`${field.name.value}\``)
      : [],
  )
}

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
