import { type GraphiQLPlugin, useGraphiQL, useOperationsEditorState, useOptimisticState } from '@graphiql/react'
import { OperationTypeNode } from 'graphql'
import { useState } from 'react'
import { readDocument } from './edit-selection.ts'
import { FieldTree } from './field-tree.tsx'

/** The schema as a tree of boxes: ticking one puts its field into the operation. */
export const explorerPlugin: GraphiQLPlugin = { title: 'Explorer', icon: ExplorerIcon, content: Explorer }

const kinds = [
  [OperationTypeNode.QUERY, 'Queries'],
  [OperationTypeNode.MUTATION, 'Mutations'],
  [OperationTypeNode.SUBSCRIPTION, 'Subscriptions'],
] as const

function Explorer() {
  const schema = useGraphiQL((state) => state.schema)
  const [text, setText] = useOptimisticState(useOperationsEditorState())
  const [filter, setFilter] = useState('')
  const document = readDocument(text)
  return (
    <section className="explorer" aria-label="Explorer">
      <h2>Explorer</h2>
      <label className="explorer-filter">
        <span className="unseen">Find a field</span>
        <input
          type="search"
          placeholder="Find a field"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </label>
      {!schema && <p className="quiet-words">The schema is not loaded.</p>}
      {document === undefined && (
        <p className="quiet-words" role="status">
          The operation has a mistake. Correct it, and go on here.
        </p>
      )}
      {schema &&
        document !== undefined &&
        kinds.map(([kind, title]) => {
          const root = schema.getRootType(kind)
          return (
            root && (
              <details key={kind} open={kind === OperationTypeNode.QUERY || filter !== ''}>
                <summary>{title}</summary>
                <FieldTree
                  schema={schema}
                  document={document}
                  place={{ kind, path: [] }}
                  type={root.name}
                  filter={filter}
                  onText={setText}
                />
              </details>
            )
          )
        })}
    </section>
  )
}

function ExplorerIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <rect x="3" y="3.5" width="6" height="6" rx="1.5" />
      <path d="m4.6 6.4 1.2 1.2 1.9-2.2M12.5 6.5H21M6 9.5v10h4.5M6 14.5h4.5M13 14.5h8M13 19.5h8" />
    </svg>
  )
}
