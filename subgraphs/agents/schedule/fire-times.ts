import { Cron } from 'croner'
import { cronLengthMax, firesAtOnceMax, timeZoneLengthMax } from './schedule.limits.ts'

/** When a schedule fires: a cron pattern, on the clocks of a place. */
export interface Timing {
  readonly cron: string
  /** IANA, e.g. `Europe/Berlin`. */
  readonly timeZone: string
}

/** The fires that are due, and when to look next. */
export interface DueFires {
  /** Oldest first, at most 100. */
  readonly fires: readonly Date[]
  /** The next one after them, which may be due too; undefined when there is none ever again. */
  readonly next: Date | undefined
  /** Fires that are too old to be made up. */
  readonly missed?: { readonly from: Date; readonly before: Date }
}

/** @returns what is wrong with it, in words for its author; undefined when nothing is */
export function faultOfTiming({ cron, timeZone }: Timing): string | undefined {
  if (timeZone.length > timeZoneLengthMax || !/^[A-Za-z_]+(\/[\w+-]+){0,2}$/.test(timeZone) || !isTimeZone(timeZone))
    return 'The time zone is one of the IANA database, e.g. Europe/Berlin or UTC.'
  if (cron.length > cronLengthMax || !/^[\w*,/?#-]+( [\w*,/?#-]+){4,5}$/.test(cron))
    return 'A cron pattern has five fields, or six with seconds first, parted by one space each.'
  try {
    if (nextFire({ cron, timeZone }, new Date()) === undefined) return 'The cron pattern never fires.'
  } catch {
    return 'The cron pattern cannot be read: a field holds what it cannot be.'
  }
  return undefined
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

/**
 * The first fire after a moment. A time in an hour that the clocks leave out fires when they are put forward; one in an
 * hour that comes twice fires once, unless the pattern names every hour (`*`): then it fires in both.
 *
 * @throws Error when the pattern or the time zone cannot be read
 */
export function nextFire(timing: Timing, after: Date): Date | undefined {
  return fires(timing)(after)
}

/** The first `count` fires after a moment. */
export function nextFires(timing: Timing, after: Date, count: number): Date[] {
  const next = fires(timing)
  const found: Date[] = []
  for (let at = next(after); at !== undefined && found.length < count; at = next(at)) found.push(at)
  return found
}

/**
 * @param since the first fire that was not made yet
 * @param catchUpMs a fire that is later than this is not made up
 */
export function dueFires(timing: Timing, since: Date, now: Date, catchUpMs: number): DueFires {
  const next = fires(timing)
  const oldest = new Date(now.getTime() - catchUpMs)
  const tooOld = since < oldest
  let at: Date | undefined = tooOld ? next(new Date(oldest.getTime() - 1)) : since
  const due: Date[] = []
  while (at !== undefined && at <= now && due.length < firesAtOnceMax) {
    due.push(at)
    at = next(at)
  }
  return { fires: due, next: at, ...(tooOld && { missed: { from: since, before: oldest } }) }
}

function fires({ cron: pattern, timeZone }: Timing): (after: Date) => Date | undefined {
  const cron = new Cron(pattern, { timezone: timeZone, mode: '5-or-6-parts', paused: true })
  const everyHour = pattern.split(' ').at(-4)?.startsWith('*') === true
  const wall = wallClock(timeZone)
  const isRepeated = (at: Date) => backwardsMs.some((ms) => wall(at) === wall(new Date(at.getTime() - ms)))
  return (after) => {
    let at = cron.nextRun(after) ?? undefined
    while (at !== undefined && !everyHour && isRepeated(at)) at = cron.nextRun(at) ?? undefined
    return at
  }
}

/** By how much clocks are put back in autumn, anywhere. */
const backwardsMs = [30 * 60_000, 60 * 60_000]

function wallClock(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' })
  return (at) => format.format(at)
}
