import { useState, useSyncExternalStore } from 'react'
import type { RoleView } from '../role-view.ts'
import type { Runs } from '../runs.ts'
import type { Operation } from '../send-operation.ts'
import type { Session } from '../session.ts'
import { askForAccess, askForPlan, type Explanation } from './explanations.ts'
import { PlanView } from './plan-view.tsx'
import { type Told, useTold } from './use-told.ts'

export interface InspectedProps {
  session: Session
  /** What stands in the editor. */
  operation: Operation
  view: RoleView | null
  /** False when the gateway asks nobody who they are. */
  signIn: boolean
  isOperator: boolean
}

/** There members who look after the platform have `ops:read`. */
const platform = '00000000-0000-7000-8000-000000000000'

const aboutOf = ({ operation, view, isOperator }: InspectedProps) => JSON.stringify([operation, view, isOperator])

/** How the gateway would answer, for holders of `ops:read`. */
export function PlanTab(props: InspectedProps) {
  if (props.signIn && !props.isOperator) return <OperatorsOnly {...props} what="The plan is" />
  return <Planned {...props} />
}

function Planned(props: InspectedProps) {
  const told = useTold(aboutOf(props), () => askForPlan(props.session, props.operation, props.view))
  return (
    <Waiting told={told}>
      {({ plan, registered, client, denied }) => (
        <>
          <p className="facts">
            {registered === null ? 'Registered by no client' : `Registered by ${registered}`} · client {client.name},
            documents {client.documents}
            {denied.length > 0 && ` · left out for want of rights: ${denied.map((one) => one.coordinate).join(', ')}`}
          </p>
          {plan === null ? <p className="quiet-words">No subgraph is asked anything.</p> : <PlanView plan={plan} />}
        </>
      )}
    </Waiting>
  )
}

/** What the operation could cost, and did. */
export function CostTab({ runs, ...props }: InspectedProps & { runs: Runs }) {
  return props.signIn && !props.isOperator ? <Costs runs={runs} {...props} /> : <Estimated runs={runs} {...props} />
}

function Estimated(props: InspectedProps & { runs: Runs }) {
  const told = useTold(aboutOf(props), () => askForPlan(props.session, props.operation, props.view))
  return <Waiting told={told}>{(explanation) => <Costs {...props} estimate={explanation.cost} />}</Waiting>
}

function Costs({ runs, operation, estimate }: InspectedProps & { runs: Runs; estimate?: Explanation['cost'] }) {
  const last = useSyncExternalStore(runs.subscribe, runs.last)
  const run = last?.query === operation.query ? last.cost : null
  const known = estimate ?? run
  if (known === null) return <p className="quiet-words">Run the operation to see what it costs.</p>
  const { estimated, maximum, largestList } = known
  return (
    <dl className="costs">
      <dt>At most</dt>
      <dd>{points(estimated)}</dd>
      <dt>The last run</dt>
      <dd>{run === null ? 'not run yet' : points(run.actual)}</dd>
      <dt>Allowed</dt>
      <dd>{maximum === null ? 'anything' : points(maximum)}</dd>
      <dt>Largest list</dt>
      <dd>
        {largestList === null ? (
          'none'
        ) : (
          <>
            <code>{largestList.path}</code>, {largestList.items.toLocaleString('en')} entries
          </>
        )}
      </dd>
    </dl>
  )
}

const points = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'point' : 'points'}`

const decisions = { ALLOWED: 'allowed', DENIED: 'denied', DEPENDS_ON_ROW: 'depends on the row' }

/** What is decided about each field, and by which rule. */
export function AccessTab(props: InspectedProps) {
  if (!props.signIn)
    return (
      <p className="quiet-words">
        Nobody is asked who they are here (<code>AUTH=off</code>): every field is open to everybody.
      </p>
    )
  return <Decided {...props} />
}

function Decided(props: InspectedProps) {
  const told = useTold(aboutOf(props), () => askForAccess(props.session, props.operation, props.view))
  return (
    <Waiting told={told}>
      {({ fields }) => (
        <table className="access">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Decision</th>
              <th scope="col">Rule</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ path, coordinate, decision, rule, missingScopes, needsStepUp }) => (
              <tr key={`${path.join('.')} ${coordinate}`}>
                <td>
                  <code title={coordinate}>{path.join('.')}</code>
                </td>
                <td className={`decision ${decision.toLowerCase()}`}>{decisions[decision]}</td>
                <td>
                  <code>{rule}</code>
                  {missingScopes.length > 0 && ` · missing ${missingScopes.join(', ')}`}
                  {needsStepUp && ' · takes a fresh proof'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Waiting>
  )
}

function Waiting<T>({ told, children }: { told: Told<T>; children: (value: T) => React.ReactNode }) {
  if (told.kind === 'waiting') return <p className="quiet-words">Asking…</p>
  if (told.kind === 'failed') return <p className="quiet-words">{told.words}</p>
  return children(told.value)
}

function OperatorsOnly({ session, what }: InspectedProps & { what: string }) {
  const [notice, setNotice] = useState<string | null>(null)
  const enter = () =>
    void session
      .switchOrganization(platform)
      .catch((error: unknown) => setNotice(error instanceof Error ? error.message : null))
  return (
    <div className="quiet-words">
      <p>
        {what} for holders of <code>ops:read</code>, who look after the platform.
      </p>
      <p>
        <button type="button" className="link" onClick={enter}>
          Work as one of them
        </button>{' '}
        <span role="alert">{notice}</span>
      </p>
    </div>
  )
}
