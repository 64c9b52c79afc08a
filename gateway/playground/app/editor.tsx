import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import 'graphiql/graphiql.css'
import './editor.css'
import './workers.ts'
import { GraphiQL } from 'graphiql'
import { type ComponentProps, useMemo } from 'react'
import { defaultQuery } from './default-query.ts'
import { editorThemes } from './editor-themes.ts'
import type { EditorStorage } from './safe-storage.ts'
import type { Session } from './session.ts'

interface EditorProps {
  session: Session
  storage: EditorStorage
  scheme: 'light' | 'dark'
  /** False while the gateway would refuse introspection; then no schema is asked for. */
  readsSchema: boolean
}

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

const historyLength = 50

/** GraphiQL in the house's colours, sending through the session and remembering through the safe storage. */
export function Editor({ session, storage, scheme, readsSchema }: EditorProps) {
  const fetcher = useMemo<Fetcher>(
    () => (operation, options) => session.send(operation, options?.headers) as ReturnType<Fetcher>,
    [session],
  )
  return (
    <main className="editor" aria-label="GraphQL editor">
      <GraphiQL
        fetcher={fetcher}
        storage={storage}
        {...(!readsSchema && { schema: null, referencePlugin: null })}
        defaultQuery={defaultQuery}
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
      </GraphiQL>
    </main>
  )
}
