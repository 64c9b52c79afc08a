import type { IntegrationsCtx } from '../../subgraphs/integrations/jobs.ts'
import type { StepWork } from './attempt-step.ts'

/** Where a step's code asks for connections: in their own database, with what calling them takes. */
export const integrationsCtx = ({ run, ctx }: StepWork): IntegrationsCtx => ({
  ...ctx,
  db: run.parts.databases.integrations,
  parts: run.parts.integrations,
  loaders: new Map(),
})
