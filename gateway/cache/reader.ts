import type { EdgeContext } from '../execution/request-context.ts'

/**
 * Who may be answered what somebody else was answered, when it is public: whoever works in the same organization with the
 * same rights. An Authorization of somebody unknown to us may stand for any rights, so it counts as it is.
 */
export function readersLike({ caller, authorization }: EdgeContext): string {
  const { kind, organizationId, scopes, roles } = caller
  const unknown = kind === 'anonymous' ? (authorization ?? '') : ''
  // A key, an agent and a person may be held to different rules with the same scopes.
  const by = [caller.apiKeyId !== null, caller.agentId !== null, caller.runId !== null]
  return JSON.stringify(['public', kind, by, organizationId, scopes.toSorted(), roles.toSorted(), unknown])
}

/** Who may be answered what is private: the same caller in everything a subgraph could tell callers apart by. */
export const readerAlone = ({ caller, authorization }: EdgeContext): string =>
  JSON.stringify(['private', caller, caller.kind === 'anonymous' ? (authorization ?? '') : ''])
