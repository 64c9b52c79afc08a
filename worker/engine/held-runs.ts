import type { Pool } from 'pg'
import { type DueRun, type HeldHead, heldHeads } from '../../subgraphs/agents/jobs.ts'

/** Groups looked at by one sweep; the next one goes on behind them. */
const groupsMax = 200
/** Groups looked at when something of an organization has ended. */
const groupsOfOneMax = 20

/**
 * Runs that a limit holds. What PostgreSQL says of them is the truth and is swept; where some were seen lately is
 * remembered besides, so that those in line are looked at as soon as there may be room for them.
 */
export class HeldRuns {
  readonly #sweepPool: Pool
  readonly #lookAgain: (run: DueRun, atMs: number) => void
  #organizations = new Set<string>()
  #after: HeldHead | undefined

  /** @param lookAgain called with a run that may be worked on from a known time (ms since 1970) on */
  constructor(sweepPool: Pool, lookAgain: (run: DueRun, atMs: number) => void) {
    this.#sweepPool = sweepPool
    this.#lookAgain = lookAgain
  }

  /** A claim was refused. */
  saw(run: DueRun, at: string | null): void {
    this.#organizations.add(run.organizationId)
    if (at !== null) this.#lookAgain(run, Date.parse(at))
  }

  isIn(organizationId: string): boolean {
    return this.#organizations.has(organizationId)
  }

  /** The first of each of an organization's groups. */
  async of(organizationId: string): Promise<DueRun[]> {
    return (await heldHeads(this.#sweepPool, groupsOfOneMax, { organizationId })).filter(({ ready }) => ready)
  }

  /** The first of each group, of a bounded number of groups at a time. */
  async sweep(): Promise<DueRun[]> {
    const heads = await heldHeads(this.#sweepPool, groupsMax, { after: this.#after })
    const all = this.#after === undefined && heads.length < groupsMax
    this.#after = heads.length < groupsMax ? undefined : heads.at(-1)
    if (all) this.#organizations = new Set(heads.map(({ organizationId }) => organizationId))
    else for (const { organizationId } of heads) this.#organizations.add(organizationId)
    return heads.filter(({ ready }) => ready)
  }
}
