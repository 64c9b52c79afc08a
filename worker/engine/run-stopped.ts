/** Why a run's work is being stopped from outside. */
export class RunStopped extends Error {
  readonly reason: 'cancelled' | 'lease lost' | 'shutting down'
  constructor(reason: RunStopped['reason']) {
    super(`The run is stopped: ${reason}.`)
    this.reason = reason
  }
}

/** Nothing of the run can go on now: all of it waits. */
export class RunParked extends Error {
  constructor() {
    super('The run waits.')
  }
}
