import type { RoleView } from '../role-view.ts'
import { viewHeaders } from '../role-view.ts'
import type { CostReport } from '../runs.ts'
import type { Operation } from '../send-operation.ts'
import type { Session } from '../session.ts'
import { firstMessage } from '../sign-in.ts'

/** A plan as `POST {graphql}/explain` tells it. */
export type Plan =
  | { kind: 'sequence'; steps: readonly Plan[] }
  | { kind: 'parallel'; steps: readonly Plan[] }
  | { kind: 'condition'; variable: string; ifTrue: Plan | null; ifFalse: Plan | null }
  | { kind: 'subscription'; events: Plan; rest: Plan | null }
  | { kind: 'fetch'; subgraph: string; at: string; requires: string | null; operation: string }

export interface Explanation {
  registered: string | null
  client: { name: string; documents: string }
  cost: Omit<CostReport, 'actual'>
  denied: readonly { coordinate: string }[]
  plan: Plan | null
}

export interface Access {
  verdict: string
  fields: readonly {
    path: readonly string[]
    coordinate: string
    decision: 'ALLOWED' | 'DENIED' | 'DEPENDS_ON_ROW'
    rule: string
    missingScopes: readonly string[]
    needsStepUp: boolean
  }[]
}

const explainAccess = `query ExplainAccess($input: ExplainAccessInput!) {
  explainAccess(input: $input) {
    verdict
    fields { path coordinate decision rule missingScopes needsStepUp }
  }
}`

/** @throws with the gateway's words, for who does not hold `ops:read` and for an operation that is none */
export async function askForPlan(session: Session, operation: Operation, view: RoleView | null): Promise<Explanation> {
  const answer = await session.send(operation, viewHeaders(view), '/explain')
  if (answer.errors) throw new Error(firstMessage(answer))
  return answer as unknown as Explanation
}

/** For the rights of who is signed in, or what of them the role leaves. @throws with the platform's words */
export async function askForAccess(session: Session, asked: Operation, view: RoleView | null): Promise<Access> {
  const input = { operation: asked.query, operationName: asked.operationName, scopes: view?.scopes }
  const answer = await session.send({ query: explainAccess, variables: { input } })
  if (!answer.data?.explainAccess) throw new Error(firstMessage(answer) ?? 'The platform does not say.')
  return answer.data.explainAccess as Access
}
