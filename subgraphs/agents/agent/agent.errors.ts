import { DomainError } from '#platform/errors/domain-error'
import type { Fault } from './definition/fault.ts'

export class AgentNameTakenError extends DomainError {
  constructor() {
    super('AGENT_NAME_TAKEN', 'Another agent of the organization has this name.')
  }
}

export class AgentArchivedError extends DomainError {
  constructor() {
    super('AGENT_ARCHIVED', 'The agent is archived: it takes no new version.')
  }
}

export class AgentNotPublishedError extends DomainError {
  constructor() {
    super('AGENT_NOT_PUBLISHED', 'The agent has no published version, or is archived: it cannot be started.')
  }
}

/** Every fault of a definition at once, each with its path. */
export class AgentDefinitionInvalidError extends DomainError {
  constructor(faults: readonly Fault[]) {
    const words = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super('AGENT_DEFINITION_INVALID', `The definition has ${words}.`, { details: faults })
  }
}
