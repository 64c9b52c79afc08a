import { type FormEvent, useEffect, useId, useRef } from 'react'
import { ChallengeForm } from './challenge-form.tsx'
import { Mark } from './mark.tsx'
import type { Session } from './session.ts'
import type { SessionState } from './session-state.ts'

interface SignInPanelProps {
  state: SessionState
  session: Session
  onBrowse: () => void
}

const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)

/** The first thing a visitor meets: why the editor is closed, and the form that opens it. */
export function SignInPanel({ state, session, onBrowse }: SignInPanelProps) {
  const title = useId()
  const email = useRef<HTMLInputElement>(null)
  const busy = state.kind === 'signing-in'
  const notice = state.kind === 'signed-out' ? state.notice : null

  useEffect(() => {
    if (!busy) email.current?.focus()
  }, [busy])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void session.signIn(String(form.get('email')), String(form.get('password')))
  }

  if (state.kind === 'challenged') {
    return (
      <main className="welcome">
        <section className="welcome-card" aria-labelledby={title}>
          <Mark size={44} />
          <h2 id={title}>One more step</h2>
          <p>Your password is right. This account also asks for a second factor.</p>
          <ChallengeForm
            methods={state.challenge.methods}
            notice={state.notice}
            busy={state.busy}
            onCode={(code) => void session.giveCode(code)}
            onPasskey={() => void session.givePasskey()}
            onCancel={session.cancelChallenge}
          />
        </section>
      </main>
    )
  }
  return (
    <main className="welcome">
      <section className="welcome-card" aria-labelledby={title}>
        <Mark size={44} />
        <h2 id={title}>Sign in to explore the API</h2>
        <p>
          The schema is shown to people of the platform only. Sign in, and it opens with completion and documentation.
        </p>
        <form onSubmit={submit}>
          <label>
            Email
            <input ref={email} type="email" name="email" autoComplete="username" required spellCheck={false} />
          </label>
          <label>
            Password
            <input type="password" name="password" autoComplete="current-password" required />
          </label>
          <p className="notice" role="alert">
            {notice}
          </p>
          <button type="submit" className="main-action" disabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </form>
        {isLocal && (
          <p className="hint">
            On your own machine, <code>make up</code> wrote your account to <code>.forgeops/dev.json</code>.
          </p>
        )}
        <p className="hint">
          Your session lives in this page’s memory only; reloading signs out.{' '}
          <button type="button" className="link" onClick={onBrowse}>
            Open the editor without an account
          </button>
        </p>
      </section>
    </main>
  )
}
