const document = /* GraphQL */ `
  query SecurityEvents($after: DateTimeISO!) {
    auditEvents(
      first: 100
      filter: {
        occurredAfter: $after
        actions: ["session.refused", "user.joined", "role.assigned", "role.revoked"]
      }
    ) {
      totalCount
      edges { node { action occurredAt context { address detail } targets { type name } actor { ... on User { name } } } }
    }
  }
`

const digest = `(
  $events := steps.events.auditEvents.edges.node;
  $refused := $events[action = "session.refused"];
  $addressOf := function($e) { $e.context.address ? $e.context.address : "unknown" };
  $person := function($e) { $e.targets[type = "user"].name ? $e.targets[type = "user"].name : "unknown" };
  {
    "periodHours": input.hours,
    "until": run.startedAt,
    "eventsRead": $count($events),
    "eventsInPeriod": steps.events.auditEvents.totalCount,
    "failedSignIns": [$map($distinct($refused.$addressOf($)), function($address) {
      { "address": $address, "count": $count($refused[$addressOf($) = $address]) } })^(>count)],
    "newMembers": [$events[action = "user.joined"].{ "name": $person($), "at": occurredAt }],
    "roleChanges": [$events[action in ["role.assigned", "role.revoked"]].{
      "member": $person($), "change": action = "role.assigned" ? "given" : "taken", "role": context.detail.role, "by": actor.name, "at": occurredAt }]
  }
)`

/**
 * An agent that is useful from the first minute, without any credential: it reads the organization's own audit trail
 * and tells what a security-minded person would want to know of the last hours.
 *
 * @param connectionId a connection of the built-in `forgeops` connector
 */
export const securityDigest = (connectionId: string) => ({
  grants: ['audit:read', 'user:read'],
  input: { hours: 24, failedSignInsAlert: 5 },
  steps: [
    {
      id: 'events',
      kind: 'tool',
      connection: connectionId,
      action: 'query',
      with: { document, variables: { after: '{{ $fromMillis($toMillis(run.startedAt) - input.hours * 3600000) }}' } },
    },
    { id: 'digest', kind: 'transform', expression: digest },
    {
      id: 'severity',
      kind: 'branch',
      cases: [
        {
          when: '$count(steps.digest.failedSignIns[count >= $$.input.failedSignInsAlert]) > 0 or "owner" in steps.digest.roleChanges.role',
          steps: [
            {
              id: 'alert',
              kind: 'transform',
              expression:
                '{ "severity": "ALERT", "headline": "Look at this now: " & ($count(steps.digest.failedSignIns[count >= $$.input.failedSignInsAlert]) > 0 ? "many failed sign-ins from one address" : "somebody became an owner") & "." }',
            },
          ],
        },
        {
          when: '$count(steps.digest.failedSignIns) + $count(steps.digest.newMembers) + $count(steps.digest.roleChanges) > 0',
          steps: [
            {
              id: 'notice',
              kind: 'transform',
              expression:
                '{ "severity": "NOTICE", "headline": $sum(steps.digest.failedSignIns.count) & " failed sign-ins, " & $count(steps.digest.newMembers) & " new members, " & $count(steps.digest.roleChanges) & " role changes." }',
            },
          ],
        },
      ],
      otherwise: [
        {
          id: 'quiet',
          kind: 'transform',
          expression: '{ "severity": "QUIET", "headline": "Nothing happened that needs a look." }',
        },
      ],
    },
  ],
  output: '$merge([steps.alert, steps.notice, steps.quiet, steps.digest])',
})
