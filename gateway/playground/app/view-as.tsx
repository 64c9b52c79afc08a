import { useEffect, useState } from 'react'
import { loadRoles, type RoleView } from './role-view.ts'
import type { Session } from './session.ts'

interface ViewAsProps {
  session: Session
  view: RoleView | null
  onView: (view: RoleView | null) => void
}

/** For holders of `ops:read`: with which role's rights, if they have them too, queries are answered. */
export function ViewAs({ session, view, onView }: ViewAsProps) {
  const [roles, setRoles] = useState<readonly RoleView[]>([])
  useEffect(() => void loadRoles(session).then(setRoles), [session])
  return (
    <label className="view-as">
      <span>View as</span>
      <select
        value={view?.name ?? ''}
        onChange={(event) => onView(roles.find(({ name }) => name === event.target.value) ?? null)}
      >
        <option value="">myself</option>
        {roles.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Says that not all rights count, and lets them count again. */
export function ViewBanner({ view, onView }: Pick<ViewAsProps, 'onView'> & { view: RoleView }) {
  return (
    <p className="banner" role="status">
      <span>
        You look as <b>{view.name}</b>: with what that role and you may both do. Only queries are answered.
      </span>
      <button type="button" className="link" onClick={() => onView(null)}>
        Be myself again
      </button>
    </p>
  )
}
