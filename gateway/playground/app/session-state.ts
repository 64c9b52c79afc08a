import type { Challenge } from './sign-in.ts'

/** Who is signed in, as the header shows it. */
export interface Viewer {
  user: { name: string | null; email: string | null } | null
  organization: { name: string } | null
  roles: readonly string[] | null
  scopes: readonly string[] | null
}

/** `notice` says why nobody is signed in, when there is something to say. */
export type SessionState =
  | { kind: 'signed-out'; notice: string | null }
  | { kind: 'signing-in' }
  | { kind: 'challenged'; challenge: Challenge; notice: string | null; busy: boolean }
  | { kind: 'signed-in'; viewer: Viewer }

/** Whether somebody looks after the platform as a whole. */
export const isOperator = (state: SessionState): boolean =>
  state.kind === 'signed-in' && state.viewer.scopes?.includes('ops:read') === true
