import { describe, expect, test } from 'vitest'
import { dueFires, faultOfTiming, nextFires } from './fire-times.ts'

const firesOf = (cron: string, timeZone: string, after: string, count: number) =>
  nextFires({ cron, timeZone }, new Date(after), count).map((at) => at.toISOString().replace(':00.000Z', 'Z'))

describe('when the clocks are put forward', () => {
  test('a time in the hour that is left out fires as they are, once, in Berlin', () => {
    expect(firesOf('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 4)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
      '2026-03-31T00:30Z',
    ])
  })
  test('a time in the hour that is left out fires as they are, once, in New York', () => {
    expect(firesOf('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
    ])
  })
  test('what fires every half hour goes on every half hour', () => {
    const [half, hour] = ['T00:30Z', 'T01:00Z', 'T01:30Z', 'T02:00Z'].map((at) => `2026-03-29${at}`)
    expect(firesOf('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', 2)).toEqual([half, hour])
    expect(firesOf('0 * * * *', 'America/New_York', '2026-03-08T05:30:00Z', 3)).toEqual([
      '2026-03-08T06:00Z',
      '2026-03-08T07:00Z',
      '2026-03-08T08:00Z',
    ])
  })
  test('a time of day stays that time of day', () => {
    expect(firesOf('0 9 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
    ])
  })
})

describe('when the clocks are put back', () => {
  test('a time in the hour that comes twice fires once, in Berlin', () => {
    expect(firesOf('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ])
    expect(firesOf('0 2,3 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T02:00Z',
      '2026-10-26T01:00Z',
    ])
  })
  test('a time in the hour that comes twice fires once, in New York', () => {
    expect(firesOf('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ])
  })
  test('what fires every hour fires in both', () => {
    expect(firesOf('0 * * * *', 'America/New_York', '2026-11-01T04:30:00Z', 3)).toEqual([
      '2026-11-01T05:00Z',
      '2026-11-01T06:00Z',
      '2026-11-01T07:00Z',
    ])
    expect(firesOf('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:10:00Z', 4)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
    ])
  })
})

describe('what nobody fired in time', () => {
  const hourly = { cron: '0 * * * *', timeZone: 'UTC' }
  const now = new Date('2026-06-01T12:30:00Z')
  const since = (hour: string) => new Date(`2026-06-01T${hour}:00:00Z`)

  test('is made up within the window, oldest first', () => {
    expect(dueFires(hourly, since('10'), now, 3 * 3_600_000)).toEqual({
      fires: [since('10'), since('11'), since('12')],
      next: since('13'),
    })
  })
  test('is dropped beyond it, and told', () => {
    expect(dueFires(hourly, since('01'), now, 90 * 60_000)).toEqual({
      fires: [since('11'), since('12')],
      next: since('13'),
      missed: { from: since('01'), before: since('11') },
    })
  })
  test('is made up a hundred at a time', () => {
    const minutely = { cron: '* * * * *', timeZone: 'UTC' }
    const { fires, next } = dueFires(minutely, since('01'), now, 86_400_000)
    expect(fires).toHaveLength(100)
    expect(next).toEqual(new Date('2026-06-01T02:40:00Z'))
    expect(dueFires(minutely, next ?? now, now, 86_400_000).fires[0]).toEqual(next)
  })
  test('is little to look for, however long nobody looked', () => {
    const secondly = { cron: '* * * * * *', timeZone: 'Europe/Berlin' }
    const began = performance.now()
    const { fires } = dueFires(secondly, new Date('2020-01-01T00:00:00Z'), now, 60_000)
    expect(fires).toHaveLength(61)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})

test.each([
  ['0 25 * * *', 'UTC'],
  ['* * * *', 'UTC'],
  ['* * * * * * *', 'UTC'],
  ['*  * * * *', 'UTC'],
  ['@reboot', 'UTC'],
  ['0 0 30 2 *', 'UTC'],
  ['2026-01-01T00:00:00', 'UTC'],
  ['*/0 * * * *', 'UTC'],
  ['', 'UTC'],
  [`${'1,'.repeat(60)}1 * * * *`, 'UTC'],
  ['0 0 * * *', 'Mars/Phobos'],
  ['0 0 * * *', '+02:00'],
  ['0 0 * * *', ''],
])('"%s" in "%s" is refused in words', (cron, timeZone) => {
  expect(faultOfTiming({ cron, timeZone })).toMatch(/\.$/)
})

test.each([
  ['*/5 * * * *', 'UTC'],
  ['0 0 29 2 *', 'Europe/Berlin'],
  ['0 9 * * MON-FRI', 'America/Argentina/Buenos_Aires'],
  ['0 0 L * *', 'Etc/GMT+5'],
  ['*/10 * * * * *', 'Asia/Kolkata'],
])('"%s" in "%s" is taken', (cron, timeZone) => {
  expect(faultOfTiming({ cron, timeZone })).toBeUndefined()
})
