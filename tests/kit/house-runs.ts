import { newId } from '#platform/id'
import type { VisitedHouse } from './house.ts'
import type { Person } from './people.ts'
import { waitFor } from './wait-for.ts'

/** A definition that needs nothing outside. */
export const greeting = { grants: [], steps: [{ id: 'greeting', kind: 'transform', expression: '"Hello"' }] }

/** One query of the platform itself, with these grants. */
export const asking = (connection: string, document: string, grants: readonly string[]) => ({
  grants,
  steps: [{ id: 'ask', kind: 'tool', connection, action: 'query', with: { document } }],
})

/** An agent of the person's organization with a published version. @returns its id */
export async function newAgent(
  house: VisitedHouse,
  { token }: Person,
  { name = `Agent ${newId()}`, definition = greeting }: { name?: string; definition?: object } = {},
): Promise<string> {
  const { createAgent } = await house.data<{ createAgent: { id: string } }>(
    'mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }',
    { token, variables: { input: { name } } },
  )
  await house.data('mutation ($input: PublishAgentVersionInput!) { publishAgentVersion(input: $input) { id } }', {
    token,
    variables: { input: { agentId: createAgent.id, definition } },
  })
  return createAgent.id
}

/** A connection to the platform itself. @returns its id */
export async function newConnection(
  house: VisitedHouse,
  { token }: Person,
  name = `Platform ${newId()}`,
): Promise<string> {
  const { createConnection } = await house.data<{ createConnection: { id: string } }>(
    'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { id } }',
    { token, variables: { input: { connector: 'forgeops', name } } },
  )
  return createConnection.id
}

/** A schedule of an agent that fires at New Year. @returns its id */
export async function newSchedule(
  house: VisitedHouse,
  { token }: Person,
  agentId: string,
  name = `Schedule ${newId()}`,
): Promise<string> {
  const { createSchedule } = await house.data<{ createSchedule: { id: string } }>(
    'mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { id } }',
    { token, variables: { input: { agentId, name, cron: '0 0 1 1 *' } } },
  )
  return createSchedule.id
}

export async function newEgressRule(house: VisitedHouse, { token }: Person, host: string): Promise<string> {
  const { allowEgress } = await house.data<{ allowEgress: { id: string } }>(
    'mutation ($input: AllowEgressInput!) { allowEgress(input: $input) { id } }',
    { token, variables: { input: { host, port: 8080 } } },
  )
  return allowEgress.id
}

/** @returns the run's id */
export async function startRun(
  house: VisitedHouse,
  { token }: Person,
  agentId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { startRun } = await house.data<{ startRun: { id: string } }>(
    'mutation ($id: ID!) { startRun(input: { agentId: $id }) { id } }',
    { token, variables: { id: agentId }, headers },
  )
  return startRun.id
}

export interface FinishedRun {
  readonly status: string
  readonly output: unknown
  readonly error: { readonly code: string; readonly message: string; readonly step: string | null } | null
}

/** Waits for a run's end, whichever it is. */
export const finishedRun = (
  house: VisitedHouse,
  { token }: Person,
  id: string,
  timeoutMs = 30_000,
): Promise<FinishedRun> =>
  waitFor(
    `the end of run ${id}`,
    async () => {
      const { run } = await house.data<{ run: FinishedRun & { finishedAt: string | null } }>(
        'query ($id: ID!) { run(id: $id) { status output error { code message step } finishedAt } }',
        { token, variables: { id } },
      )
      return run.finishedAt !== null && run
    },
    timeoutMs,
  )

/** An approval that a run of the person's waits for; its starter may decide. @returns its id */
export async function newApproval(house: VisitedHouse, person: Person): Promise<string> {
  const steps = [{ id: 'sure', kind: 'approval', title: 'Sure?', selfApproval: true }]
  const runId = await startRun(house, person, await newAgent(house, person, { definition: { grants: [], steps } }))
  return waitFor('somebody to be asked', async () => {
    const { approvals } = await house.data<{ approvals: { edges: { node: { id: string } }[] } }>(
      'query ($runId: ID!) { approvals(runId: $runId) { edges { node { id } } } }',
      { token: person.token, variables: { runId } },
    )
    return approvals.edges[0]?.node.id
  })
}
