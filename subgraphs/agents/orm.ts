import type { DatabaseManifest } from '#platform/db/database'
import { Agent } from './agent/agent.entity.ts'
import { AgentConnection } from './agent/agent-connection.entity.ts'
import { AgentVersion } from './agent/agent-version.entity.ts'
import { Approval } from './approval/approval.entity.ts'
import { ApprovalDecision } from './approval/approval-decision.entity.ts'
import { DeadLetter } from './dead-letter/dead-letter.entity.ts'
import { Event } from './event/event.entity.ts'
import { RunPolicy } from './limits/run-policy.entity.ts'
import { RunRate } from './limits/run-rate.entity.ts'
import { CreateAgents } from './migrations/20261121-create-agents.ts'
import { BoundRuns } from './migrations/20261122-bound-runs.ts'
import { TagEnvironments } from './migrations/20261123-tag-environments.ts'
import { RefuseReplays } from './migrations/20261125-refuse-replays.ts'
import { DurableEngine } from './migrations/20261126-durable-engine.ts'
import { HashVersions } from './migrations/20261127-hash-versions.ts'
import { AskForApprovals } from './migrations/20261128-ask-for-approvals.ts'
import { AddSchedules } from './migrations/20261129-add-schedules.ts'
import { LinkRuns } from './migrations/20261130-link-runs.ts'
import { KeepEvents } from './migrations/20261202-keep-events.ts'
import { SetDeadLettersAside } from './migrations/20261203-set-dead-letters-aside.ts'
import { LimitRuns } from './migrations/20261204-limit-runs.ts'
import { TellWhatStandsStill } from './migrations/20261205-tell-what-stands-still.ts'
import { WithdrawApprovals } from './migrations/20261206-withdraw-approvals.ts'
import { TrySuspectsAlone } from './migrations/20261207-try-suspects-alone.ts'
import { IndexKeysOnly } from './migrations/20261208-index-keys-only.ts'
import { Payload } from './payload/payload.entity.ts'
import { Run } from './run/run.entity.ts'
import { RunEvent } from './run/run-event.entity.ts'
import { Schedule } from './schedule/schedule.entity.ts'
import { RunStep } from './step/step.entity.ts'

export const agentsDatabase: DatabaseManifest = {
  schema: 'agents',
  entities: [
    Agent,
    AgentVersion,
    AgentConnection,
    Run,
    RunStep,
    RunEvent,
    Approval,
    ApprovalDecision,
    Event,
    Schedule,
    DeadLetter,
    RunPolicy,
    RunRate,
    Payload,
  ],
  migrations: [
    { name: '20261121-create-agents', class: CreateAgents },
    { name: '20261122-bound-runs', class: BoundRuns },
    { name: '20261123-tag-environments', class: TagEnvironments },
    { name: '20261125-refuse-replays', class: RefuseReplays },
    { name: '20261126-durable-engine', class: DurableEngine },
    { name: '20261127-hash-versions', class: HashVersions },
    { name: '20261128-ask-for-approvals', class: AskForApprovals },
    { name: '20261129-add-schedules', class: AddSchedules },
    { name: '20261130-link-runs', class: LinkRuns },
    { name: '20261202-keep-events', class: KeepEvents },
    { name: '20261203-set-dead-letters-aside', class: SetDeadLettersAside },
    { name: '20261204-limit-runs', class: LimitRuns },
    { name: '20261205-tell-what-stands-still', class: TellWhatStandsStill },
    { name: '20261206-withdraw-approvals', class: WithdrawApprovals },
    { name: '20261207-try-suspects-alone', class: TrySuspectsAlone },
    { name: '20261208-index-keys-only', class: IndexKeysOnly },
  ],
}
