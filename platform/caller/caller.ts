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
  /** The API key that acts for the user, in place of a session. */
  readonly apiKeyId: string | null
  /** When the user last proved who they are, in seconds since the epoch; null when no person did, as for keys and runs. */
  readonly authTime: number | null
  /** The agent acting for the user (RFC 8693 §4.1 `act`), with the run it acts in. */
  readonly agentId: string | null
  readonly runId: string | null
  /** The application that the token was issued to, where its issuer says so (RFC 9068 §2.2 `client_id`); ours does not. */
  readonly clientId?: string
  /** The client's address as the edge saw it. */
  readonly address: string | null
  /** What the client says it is; at most 200 characters, never to be trusted. */
  readonly userAgent: string | null
}

export const anonymousCaller = (address: string | null, userAgent: string | null = null): Caller => ({
  kind: 'anonymous',
  userId: null,
  organizationId: systemOrganizationId,
  scopes: [],
  roles: [],
  sessionId: null,
  apiKeyId: null,
  authTime: null,
  agentId: null,
  runId: null,
  address,
  userAgent,
})

/** The platform itself, working in one organization: no scopes, so no field of the API is open to it. */
export const systemCaller = (organizationId: string): Caller => ({
  ...anonymousCaller(null),
  kind: 'system',
  organizationId,
})
