import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'
import type { SessionState, Viewer } from './session-state.ts'
import { type Theme, themes } from './use-theme.ts'

interface HeaderProps {
  graphqlPath: string
  state: SessionState
  theme: Theme
  onTheme: (theme: Theme) => void
  onSignOut: () => void
  /** What stands before the choice of a theme. */
  children?: ReactNode
}

const themeNames: Record<Theme, string> = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' }

/** The page's top line: what this is, where operations go, how it looks, and who is signed in. */
export function Header({ graphqlPath, state, theme, onTheme, onSignOut, children }: HeaderProps) {
  return (
    <header className="top">
      <Mark size={30} />
      <h1 className="top-title">
        ForgeOps <span>Playground</span>
      </h1>
      <code className="top-endpoint">
        <b>POST</b> {graphqlPath}
      </code>
      {children}
      <label className="top-theme">
        <span className="unseen">Theme</span>
        <select value={theme} onChange={(event) => onTheme(event.target.value as Theme)}>
          {themes.map((name) => (
            <option key={name} value={name}>
              {themeNames[name]}
            </option>
          ))}
        </select>
      </label>
      {state.kind === 'signed-in' && <Account viewer={state.viewer} onSignOut={onSignOut} />}
    </header>
  )
}

function Account({ viewer, onSignOut }: { viewer: Viewer; onSignOut: () => void }) {
  const name = viewer.user?.name || viewer.user?.email || 'Signed in'
  const belongs = [viewer.organization?.name, viewer.roles?.join(', ')].filter(Boolean).join(' · ')
  return (
    <section className="account" aria-label="Signed in">
      <span className="account-badge" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span className="account-who">
        <b title={viewer.user?.email ?? undefined}>{name}</b>
        {belongs && <span>{belongs}</span>}
      </span>
      <button type="button" className="quiet" onClick={onSignOut}>
        Sign out
      </button>
    </section>
  )
}

function initialsOf(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter(Boolean)
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')
}
