import type { Database } from '#platform/db/database'
import type { Ctx } from '#platform/graphql/context'
import type { Logger } from '#platform/log/logger'
import type { Span } from '#platform/telemetry/span'
import type { Tracer } from '#platform/telemetry/tracer'
import type { AdvanceRun, AgentsParts } from '../subgraphs/agents/jobs.ts'
import type { IntegrationsParts } from '../subgraphs/integrations/jobs.ts'
import type { CurrentScopes } from './current-scopes.ts'
import type { ExpressionRunner } from './engine/expression/expression-runner.ts'
import type { RunMetrics } from './engine/run.metrics.ts'

/** The subgraphs in whose tables the worker works, with their own roles and under their own walls. */
export type WorkedSubgraph = 'agents' | 'integrations' | 'audit'

/** What the worker opened, for everything that runs in it. */
export interface WorkerParts {
  readonly databases: Readonly<Record<WorkedSubgraph, Database>>
  readonly integrations: IntegrationsParts
  readonly agents: AgentsParts
  readonly expressions: ExpressionRunner
  readonly log: Logger
  readonly tracer: Tracer
  readonly runMetrics: RunMetrics
  /** This worker's name on the leases that it holds, with its process id for whoever looks at a stuck run. */
  readonly owner: string
  readonly runLeaseMs: number
  readonly identityUrl: string
  readonly requestKey: Uint8Array
  /** What the people may do for whom runs act. */
  readonly scopes: CurrentScopes
  /** Wakes those who follow a run, after what happened to it was stored. */
  readonly runAdvanced: (run: { readonly organizationId: string; readonly runId: string }) => void
  /** The system, working for the organization that an event's or a job's own row names. */
  readonly ctxFor: (
    subgraph: WorkedSubgraph,
    origin: Pick<AdvanceRun, 'organizationId' | 'requestId' | 'traceparent'> & { readonly span?: Span | undefined },
  ) => Ctx
}
