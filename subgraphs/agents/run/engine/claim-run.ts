import { LRUCache } from 'lru-cache'
import { call } from '#platform/db/call'
import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Definition } from '../../agent/definition/definition.ts'
import type { StoredStep } from '../../step/step-record.ts'
import type { RunEnding } from '../run.entity.ts'
import type { ClaimedRun, RunUsage } from './claimed-run.ts'

const claimFunction = { name: 'agents.claim_run', types: ['uuid', 'text', 'int', 'uuid'] } as const

interface Taken extends RunUsage {
  readonly now: string
  readonly agentId: string
  readonly versionId: string
  readonly startedBy: string
  readonly scopesMax: string[] | null
  readonly input: Record<string, unknown>
  readonly requestId: string
  readonly traceparent: string
  readonly startedAt: string
  readonly epoch: number
  readonly ownersLost: number
  readonly ending: RunEnding | null
  readonly depth: number
  readonly parentRunId: string | null
  readonly parentPath: string | null
  readonly cancelRequested: boolean
  readonly steps: StoredStep[]
}

/** Takes runs for one owner. Published versions never change, so that each is read once. */
export class RunClaims {
  readonly #owner: string
  readonly #leaseMs: number
  readonly #definitions = new LRUCache<string, Definition>({ max: 500 })

  constructor(owner: string, leaseMs: number) {
    this.#owner = owner
    this.#leaseMs = leaseMs
  }

  /**
   * Takes a run that is due until `leaseMs` from now by the database's clock. The new epoch shuts every earlier owner out.
   *
   * @returns what the owner needs to go on; undefined when there is nothing to do here: no such run, ended, owned, or
   *   not due yet
   */
  async claim(ctx: Ctx, runId: string): Promise<ClaimedRun | undefined> {
    const taken = await call<Taken | null>(ctx, claimFunction, [runId, this.#owner, this.#leaseMs, newId()])
    if (taken === null) return undefined
    const { organizationId } = ctx.caller
    const definition = await this.#definition(ctx, taken.versionId)
    const { scopesMax, now, stepsDone, inputTokens, outputTokens, costMicros, ...rest } = taken
    return {
      ...rest,
      ...{ runId, organizationId, definition, claimedAt: now },
      input: { ...definition.input, ...taken.input },
      grants: definition.grants.filter((scope) => scopesMax?.includes(scope) ?? true),
      used: { stepsDone, inputTokens, outputTokens, costMicros },
    }
  }

  async #definition(ctx: Ctx, versionId: string): Promise<Definition> {
    const key = `${ctx.caller.organizationId}:${versionId}`
    const known = this.#definitions.get(key)
    if (known !== undefined) return known
    const [version] = await read(ctx, (em) =>
      em.execute<{ definition: Definition }[]>(
        'select definition from agents.agent_version where organization_id = ? and id = ?',
        [ctx.caller.organizationId, versionId],
      ),
    )
    if (version === undefined) throw new Error(`There is no version ${versionId}.`)
    this.#definitions.set(key, version.definition)
    return version.definition
  }
}
