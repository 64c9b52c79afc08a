import type { Generation } from '../../execution/generation.ts'
import type { Operation } from '../../execution/operation.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import { type ExplainedPlan, explainPlan } from './explained-plan.ts'

/** What would become of an operation, for holders of `ops:read`. */
export interface Explanation {
  readonly operation: { readonly kind: Operation['kind']; readonly name: string | null; readonly hash: string }
  /** The client that has registered it; null when none has. */
  readonly registered: string | null
  /** Whose request it is, with how its unregistered operations are taken. */
  readonly client: { readonly name: string; readonly documents: string }
  readonly cost: {
    readonly estimated: number
    /** Null for anything. */
    readonly maximum: number | null
    readonly largestList: { readonly path: string; readonly items: number } | null
  }
  /** What is taken out of it before it is planned, for want of rights. */
  readonly denied: readonly { readonly path: readonly string[]; readonly coordinate: string }[]
  /** Null when no subgraph is asked anything. */
  readonly plan: ExplainedPlan | null
}

/** Plans an operation as it would be executed for its caller. No subgraph is asked, and no refusal is recorded. */
export async function explainOperation(
  generation: Pick<Generation, 'costs' | 'planFor'>,
  operation: Operation,
  context: EdgeContext,
): Promise<Explanation> {
  const { kind, name, hash, registered } = operation
  const { client } = context
  const { cost: estimated, items } = generation.costs.estimate(operation)
  const path = generation.costs.largestList(operation)
  const { denials, node } = await generation.planFor(operation, context)
  return {
    operation: { kind, name, hash },
    registered,
    client: { name: client.name, documents: client.documents },
    cost: {
      estimated,
      maximum: Number.isFinite(client.limits.cost) ? client.limits.cost : null,
      largestList: path === null ? null : { path, items },
    },
    denied: denials.map((denial) => ({ path: denial.path, coordinate: denial.coordinate })),
    plan: node === null ? null : explainPlan(node),
  }
}
