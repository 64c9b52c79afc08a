import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { type Authorization, authorizationDiff } from './authorization-diff.ts'
import { lostOperations } from './check-documents.ts'

const supergraphFile = 'gateway/supergraph.graphql'
const rolesFile = 'docs/reference/roles.json'
const acceptedFile = 'docs/schema-changes.md'

/**
 * What a client of `before` could lose in `after`, in sentences, sorted. Both are supergraphs; what counts is the schema
 * that clients see of them.
 *
 * @throws when one of the two is no supergraph
 */
export async function breakingChanges(before: string, after: string): Promise<string[]> {
  const changes = await diff(clientSchema(before), clientSchema(after))
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map((change) => change.message)
    .sort()
}

/** What clients see of the committed supergraph. */
export const committedClientSchema = () => clientSchema(readFileSync(supergraphFile, 'utf8'))

const clientSchema = (supergraph: string) =>
  Supergraph.build(supergraph, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema()

/** The sentences that `document` does not hold: each must stand in it word for word, as a list item of its own. */
export function unaccepted(changes: readonly string[], document: string): string[] {
  const accepted = new Set(document.split('\n').flatMap((line) => line.match(/^[-*] (.*)$/)?.[1] ?? []))
  return changes.filter((change) => !accepted.has(change))
}

/** The committed files that a check compares. */
export interface Checked {
  readonly supergraph: string
  /** Undefined where nobody wrote them down yet. */
  readonly roles: string | undefined
}

export interface Base extends Checked {
  readonly commit: string
  /** Where it was found, in words. */
  readonly found: string
}

/**
 * The state to compare with: that of `wanted` when given, else that of `origin/main`, else that of `main`. On main
 * itself, which holds what is checked already, it is that of the last release (the newest tag `v…` in the history): what
 * stood in between was in nobody's hands.
 *
 * @param checked the work tree's
 * @returns undefined when there is no other to compare with
 */
export function findBase(checked: Checked, root: string, wanted?: string): Base | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const at = (ref: string): Base | undefined => {
    try {
      const commit = git('rev-parse', '--short', `${ref}^{commit}`).trim()
      const supergraph = git('show', `${commit}:${supergraphFile}`)
      return { commit, found: ref, supergraph, roles: shown(`${commit}:${rolesFile}`) }
    } catch {
      return undefined
    }
  }
  const shown = (file: string) => {
    try {
      return git('show', file)
    } catch {
      return undefined
    }
  }
  if (wanted !== undefined) return at(wanted)
  const branch = at('origin/main') ?? at('main')
  if (branch !== undefined && (branch.supergraph !== checked.supergraph || branch.roles !== checked.roles))
    return branch
  try {
    return at(git('describe', '--tags', '--abbrev=0', '--match=v*').trim())
  } catch {
    return undefined
  }
}

/** What a reviewer reads of who may do more, or less, than at the base. Whether it is meant is theirs to say. */
function authorizationReport(base: Base, { supergraph, roles }: Checked): string {
  const hasRoles = (state: Checked): state is Checked & Authorization => state.roles !== undefined
  const now = { supergraph, roles }
  const changes = hasRoles(base) && hasRoles(now) ? authorizationDiff(base, now) : null
  if (changes === null)
    return `Authorization: ${base.commit} (${base.found}) does not say its rules and roles: not compared.`
  if (changes.length === 0) return 'Authorization: no change.'
  return [`Authorization since ${base.commit} (${base.found}):`, ...changes.map((change) => `- ${change}`)].join('\n')
}

/** Fails when a client loses an operation that it has registered, and on a breaking change that nobody accepted. */
async function main(): Promise<number> {
  const lost = await lostOperations(committedClientSchema())
  for (const sentence of lost) console.error(sentence)
  const broken = await compared()
  return lost.length > 0 ? 1 : broken
}

/** Fails on a breaking change that is not listed in docs/schema-changes.md, unless ALLOW_BREAKING=1. */
async function compared(): Promise<number> {
  const after: Checked = {
    supergraph: readFileSync(supergraphFile, 'utf8'),
    roles: existsSync(rolesFile) ? readFileSync(rolesFile, 'utf8') : undefined,
  }
  const base = findBase(after, process.cwd(), process.env.SCHEMA_BASE || undefined)
  if (base === undefined) {
    if (process.env.SCHEMA_BASE) {
      console.error(`SCHEMA_BASE is ${process.env.SCHEMA_BASE}, where git has no ${supergraphFile}.`)
      return 1
    }
    console.log('Nothing to compare with: this is main, and nothing was released yet (no tag v…).')
    return 0
  }
  console.log(authorizationReport(base, after))
  const changes = await breakingChanges(base.supergraph, after.supergraph)
  console.log(`Breaking changes since ${base.commit} (${base.found}): ${changes.length}.`)
  const open = unaccepted(changes, existsSync(acceptedFile) ? readFileSync(acceptedFile, 'utf8') : '')
  for (const change of changes) console.log(`- ${change}${open.includes(change) ? '' : ' (accepted)'}`)
  if (open.length === 0) return 0
  if (process.env.ALLOW_BREAKING === '1') {
    console.log('Allowed by ALLOW_BREAKING=1.')
    return 0
  }
  console.error(
    `${open.length} of them may break clients: deprecate first. To break on purpose, add each line above to ${acceptedFile} as it stands, with the reason below it.`,
  )
  return 1
}

if (import.meta.main) process.exitCode = await main()
