import { useGraphiQL, useOperationsEditorState, useVariablesEditorState } from '@graphiql/react'
import { type KeyboardEvent, useId, useState } from 'react'
import type { RoleView } from '../role-view.ts'
import type { Runs } from '../runs.ts'
import type { Operation } from '../send-operation.ts'
import type { Session } from '../session.ts'
import { AccessTab, CostTab, PlanTab } from './tabs.tsx'

interface InspectorProps {
  session: Session
  runs: Runs
  view: RoleView | null
  signIn: boolean
  isOperator: boolean
}

const names = ['Plan', 'Cost', 'Access'] as const

/** Below the result: how the operation in the editor is answered, what it costs, and what is decided about its fields. */
export function Inspector({ runs, ...props }: InspectorProps) {
  const [open, setOpen] = useState<(typeof names)[number] | null>(null)
  const id = useId()
  const [query] = useOperationsEditorState()
  const [variables] = useVariablesEditorState()
  const operationName = useGraphiQL((state) => state.operationName)
  const operation: Operation = { query, operationName: operationName || null, variables: parsed(variables) }

  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')]
    tabs[(tabs.indexOf(document.activeElement as HTMLElement) + step + tabs.length) % tabs.length]?.focus()
  }
  return (
    <section className="inspector" aria-label="About this operation">
      <div className="inspector-bar">
        <div role="tablist" aria-label="About this operation" onKeyDown={move}>
          {names.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}${name}`}
              aria-selected={open === name}
              aria-controls={`${id}panel`}
              onClick={() => setOpen(name)}
            >
              {name}
            </button>
          ))}
        </div>
        {open !== null && (
          <button type="button" className="quiet" onClick={() => setOpen(null)}>
            Close
          </button>
        )}
      </div>
      <div
        role="tabpanel"
        id={`${id}panel`}
        aria-labelledby={open === null ? undefined : `${id}${open}`}
        hidden={open === null}
        className="inspector-panel"
      >
        {open === 'Plan' && <PlanTab operation={operation} {...props} />}
        {open === 'Cost' && <CostTab operation={operation} runs={runs} {...props} />}
        {open === 'Access' && <AccessTab operation={operation} {...props} />}
      </div>
    </section>
  )
}

/** Comments and half-typed values are the editor's affair: then there are none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
