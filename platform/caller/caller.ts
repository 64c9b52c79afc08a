/** The organization that owns platform-wide things (`ops:read`, sign-ins of unknown accounts). No tenant role reaches it. */
export const systemOrganizationId = '00000000-0000-7000-8000-000000000000'

/** Who asks, proven once at the edge and handed on signed. `kind` tells which of the ids are there. */
export interface Caller {
  readonly kind: 'anonymous' | 'user' | 'system'
  /** The user's id; the system's and an anonymous caller's is null. */
  readonly userId: string | null
  /** The one organization the token is for; the system organization when anonymous. */
  readonly organizationId: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly sessionId: string | null
  /** The agent acting for the user (RFC 8693 §4.1 `act`), with the run it acts in. */
  readonly agentId: string | null
  readonly runId: string | null
  /** The client's address as the edge saw it. */
  readonly address: string | null
}

export const anonymousCaller = (address: string | null): Caller => ({
  kind: 'anonymous',
  userId: null,
  organizationId: systemOrganizationId,
  scopes: [],
  roles: [],
  sessionId: null,
  agentId: null,
  runId: null,
  address,
})

/** The platform itself, working in one organization: no scopes, so no field of the API is open to it. */
export const systemCaller = (organizationId: string): Caller => ({
  ...anonymousCaller(null),
  kind: 'system',
  organizationId,
})
