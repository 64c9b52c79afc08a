/** An agent as a first user might write it: one query, one transformation. */
export const whoIsHere = (connectionId: string) => ({
  grants: ['user:read', 'agent:read'],
  steps: [
    {
      id: 'census',
      kind: 'tool',
      connection: connectionId,
      action: 'query',
      with: { document: '{ users(first: 3) { totalCount edges { node { name } } } agents { totalCount } }' },
    },
    {
      id: 'sentence',
      kind: 'transform',
      expression:
        '{ "sentence": $string(steps.census.users.totalCount) & " member(s), among them " & $join([steps.census.users.edges.node.name], ", ") & ", and " & steps.census.agents.totalCount & " agents." }',
    },
  ],
})
