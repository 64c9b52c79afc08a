import { ForbiddenError, InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { parseDuration } from '../agent/definition/duration.ts'
import { storableJson } from '../json/storable-json.ts'
import { faultOfTiming, type Timing } from './fire-times.ts'
import { catchUpMsMax, catchUpMsMin, scheduleInputBounds, scheduleNameLengthMax } from './schedule.limits.ts'
import { startsRuns } from './schedule.permissions.ts'

/** Whose rights the runs of a schedule use: those of whoever has the last word on what it does. */
export interface Owner {
  readonly ownerId: string
  readonly scopesMax: string[] | null
}

/** @throws ForbiddenError FORBIDDEN for who may not start runs */
export function ownerOf({ caller }: Ctx): Owner {
  if (caller.userId === null) throw new UnauthenticatedError()
  if (!startsRuns.allows(caller)) throw new ForbiddenError()
  const inPerson = caller.apiKeyId === null && caller.agentId === null
  return { ownerId: caller.userId, scopesMax: inPerson ? null : [...caller.scopes] }
}

export function checkedName(given: string): string {
  const name = given.trim().normalize('NFC')
  if (name === '' || name.length > scheduleNameLengthMax || /\p{C}/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${scheduleNameLengthMax} characters, all of them visible.`)
  return name
}

/** @throws InvalidInputError BAD_USER_INPUT */
export function checkTiming(timing: Timing): void {
  const fault = faultOfTiming(timing)
  if (fault !== undefined) throw new InvalidInputError(fault)
}

export function checkedInput(given: unknown): Record<string, unknown> {
  const input = given ?? {}
  if (typeof input !== 'object' || Array.isArray(input)) throw new InvalidInputError('The input is a JSON object.')
  const stored = storableJson(input, scheduleInputBounds)
  if (!stored.ok) throw new InvalidInputError(`The input cannot be taken. ${stored.fault}`)
  return JSON.parse(stored.json) as Record<string, unknown>
}

export function checkedWindow(text: string): string {
  const ms = text.length <= 20 ? parseDuration(text) : undefined
  if (ms === undefined || ms < catchUpMsMin || ms > catchUpMsMax)
    throw new InvalidInputError('The catch-up window is a duration between 10s and 31d, e.g. 1h30m.')
  return text
}
