import type { Plan } from './explanations.ts'

/** A plan as a tree: which subgraph is asked what, one after the other or at the same time. */
export function PlanView({ plan }: { plan: Plan }) {
  if (plan.kind === 'fetch') {
    const { subgraph, at, requires, operation } = plan
    return (
      <div className="plan-fetch">
        <p>
          <b className="plan-subgraph">{subgraph}</b>
          {at && (
            <>
              {' '}
              adds to <code>{at}</code>
            </>
          )}
        </p>
        {requires && (
          <p>
            told <code>{requires}</code>
          </p>
        )}
        <pre>{operation}</pre>
      </div>
    )
  }
  if (plan.kind === 'sequence' || plan.kind === 'parallel') {
    return (
      <div className="plan-steps">
        <p>{plan.kind === 'sequence' ? 'One after the other' : 'At the same time'}</p>
        <ol>
          {plan.steps.map((step) => (
            <li key={JSON.stringify(step)}>
              <PlanView plan={step} />
            </li>
          ))}
        </ol>
      </div>
    )
  }
  const parts =
    plan.kind === 'condition'
      ? ([
          [`If ${plan.variable}`, plan.ifTrue],
          [`If not ${plan.variable}`, plan.ifFalse],
        ] as const)
      : ([
          ['Events from', plan.events],
          ['For each event', plan.rest],
        ] as const)
  return (
    <div className="plan-steps">
      {parts.map(
        ([words, part]) =>
          part && (
            <div key={words}>
              <p>{words}</p>
              <PlanView plan={part} />
            </div>
          ),
      )}
    </div>
  )
}
