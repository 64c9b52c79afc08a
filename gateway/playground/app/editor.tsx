import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import 'graphiql/graphiql.css'
import './editor.css'
import './workers.ts'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { GraphiQL } from 'graphiql'
import { type ComponentProps, useEffect, useMemo, useRef } from 'react'
import { defaultQuery } from './default-query.ts'
import { editorThemes } from './editor-themes.ts'
import { explorerPlugin } from './explorer/explorer.tsx'
import { Inspector } from './inspector/inspector.tsx'
import { type RoleView, viewHeaders } from './role-view.ts'
import { Runs, sendCosted } from './runs.ts'
import type { EditorStorage } from './safe-storage.ts'
import type { Session } from './session.ts'

interface EditorProps {
  session: Session
  storage: EditorStorage
  scheme: 'light' | 'dark'
  /** False while the gateway would refuse introspection; then no schema is asked for. */
  readsSchema: boolean
  /** Through which role operations are looked at. */
  view: RoleView | null
  signIn: boolean
  isOperator: boolean
}

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

const historyLength = 50
const plugins = [HISTORY_PLUGIN, explorerPlugin]

/** GraphiQL in the house's colours, sending through the session and remembering through the safe storage. */
export function Editor({ session, storage, scheme, readsSchema, view, signIn, isOperator }: EditorProps) {
  const runs = useMemo(() => new Runs(), [])
  const current = useRef(view)
  useEffect(() => {
    current.current = view
  }, [view])
  const fetcher = useMemo<Fetcher>(
    () => (operation, options) =>
      sendCosted(
        session,
        operation,
        { ...viewHeaders(current.current), ...options?.headers },
        runs,
      ) as ReturnType<Fetcher>,
    [session, runs],
  )
  return (
    <main className="editor" aria-label="GraphQL editor">
      <GraphiQL
        fetcher={fetcher}
        storage={storage}
        {...(!readsSchema && { schema: null, referencePlugin: null })}
        defaultQuery={defaultQuery}
        plugins={plugins}
        forcedTheme={scheme}
        editorTheme={editorThemes}
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
        maxHistoryLength={historyLength}
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>
          <span />
        </GraphiQL.Logo>
        <GraphiQL.Footer>
          <Inspector session={session} runs={runs} view={view} signIn={signIn} isOperator={isOperator} />
        </GraphiQL.Footer>
      </GraphiQL>
    </main>
  )
}
