import { type FormEvent, useEffect, useRef } from 'react'

interface ChallengeFormProps {
  methods: readonly string[]
  notice: string | null
  busy: boolean
  onCode: (code: string) => void
  onPasskey: () => void
  onCancel: () => void
}

/** What follows the password of an account with a second factor: a code, or a passkey. */
export function ChallengeForm({ methods, notice, busy, onCode, onPasskey, onCancel }: ChallengeFormProps) {
  const code = useRef<HTMLInputElement>(null)
  const withCode = methods.some((method) => method !== 'PASSKEY')

  useEffect(() => {
    if (!busy) code.current?.focus()
  }, [busy])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onCode(String(new FormData(event.currentTarget).get('code')))
  }

  return (
    <form onSubmit={submit}>
      {withCode && (
        <label>
          Code
          <input
            ref={code}
            type="text"
            name="code"
            autoComplete="one-time-code"
            required
            spellCheck={false}
            aria-describedby="code-hint"
          />
        </label>
      )}
      <p className="hint" id="code-hint">
        {methods.includes('TOTP') ? 'The six digits that your authenticator app shows, or a recovery code.' : null}
        {withCode && !methods.includes('TOTP') ? 'One of your recovery codes.' : null}
      </p>
      <p className="notice" role="alert">
        {notice}
      </p>
      {withCode && (
        <button type="submit" className="main-action" disabled={busy}>
          {busy ? 'Signing in…' : 'Continue'}
        </button>
      )}
      {methods.includes('PASSKEY') && (
        <button type="button" className="main-action" disabled={busy} onClick={onPasskey}>
          Use a passkey
        </button>
      )}
      <p className="hint">
        <button type="button" className="link" onClick={onCancel}>
          Sign in with another account
        </button>
      </p>
    </form>
  )
}
