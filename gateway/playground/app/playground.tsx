import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { Header } from './header.tsx'
import type { PageSettings } from './page-settings.ts'
import type { RoleView } from './role-view.ts'
import type { EditorStorage } from './safe-storage.ts'
import type { Session } from './session.ts'
import { isOperator } from './session-state.ts'
import { SignInPanel } from './sign-in-panel.tsx'
import { useTheme } from './use-theme.ts'
import { ViewAs, ViewBanner } from './view-as.tsx'

interface PlaygroundProps {
  settings: PageSettings
  session: Session
  storage: EditorStorage
}

const loadEditor = () => import('./editor.tsx')
const Editor = lazy(async () => ({ default: (await loadEditor()).Editor }))

/** The whole page: the top line, and below it either the way in or the editor. */
export function Playground({ settings, session, storage }: PlaygroundProps) {
  const state = useSyncExternalStore(session.subscribe, session.state)
  const { theme, scheme, chooseTheme } = useTheme()
  const [browsing, setBrowsing] = useState(false)
  const [view, setView] = useState<RoleView | null>(null)
  const signedIn = state.kind === 'signed-in'
  const anonymous = settings.signIn && !signedIn

  // The editor is most of the download: it arrives while a visitor types.
  useEffect(() => void loadEditor(), [])

  const signOut = () => {
    setBrowsing(false)
    setView(null)
    void session.signOut()
  }

  return (
    <>
      <Header graphqlPath={settings.graphqlPath} state={state} theme={theme} onTheme={chooseTheme} onSignOut={signOut}>
        {isOperator(state) && <ViewAs session={session} view={view} onView={setView} />}
      </Header>
      {signedIn && view !== null && <ViewBanner view={view} onView={setView} />}
      {anonymous && browsing && (
        <p className="banner" role="status">
          <span>
            Without an account the schema stays hidden, and only operations such as <code>login</code> are answered.
          </span>
          <button type="button" className="link" onClick={() => setBrowsing(false)}>
            Sign in
          </button>
        </p>
      )}
      {anonymous && !browsing ? (
        <SignInPanel state={state} session={session} onBrowse={() => setBrowsing(true)} />
      ) : (
        <Suspense fallback={<main className="editor" aria-busy="true" />}>
          <Editor
            key={signedIn ? `signed-in ${state.viewer.organization?.name}` : 'anonymous'}
            session={session}
            storage={storage}
            scheme={scheme}
            readsSchema={!anonymous}
            view={signedIn ? view : null}
            signIn={settings.signIn}
            isOperator={isOperator(state)}
          />
        </Suspense>
      )}
    </>
  )
}
