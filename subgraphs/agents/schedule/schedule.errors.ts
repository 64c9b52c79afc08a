import { DomainError } from '#platform/errors/domain-error'

export class ScheduleLimitError extends DomainError {
  constructor(max: number) {
    super('SCHEDULE_LIMIT', `An organization has at most ${max} schedules.`)
  }
}
