import { describe, expect, it } from 'vitest'
import { Breaker, type BreakerState, type Verdict } from './breaker.ts'

const options = { windowMs: 10_000, failuresMin: 4, failureRatio: 0.5, openMs: 1_000, openMsMax: 4_000 }

function breakerWithClock() {
  const clock = { ms: 1_000_000 }
  const changes: BreakerState[] = []
  const breaker = new Breaker(
    options,
    (state) => changes.push(state),
    () => clock.ms,
  )
  /** @returns whether the try was let through */
  const attempt = (verdict: Verdict) => {
    const judge = breaker.enter()
    judge?.(verdict)
    return judge !== null
  }
  const times = (count: number, verdict: Verdict) => Array.from({ length: count }, () => attempt(verdict))
  return { clock, changes, breaker, attempt, times }
}

describe('a breaker', () => {
  it('opens when failures are many and at least half', () => {
    const { breaker, times } = breakerWithClock()
    times(3, 'failure')
    expect(breaker.state).toBe('closed')
    times(1, 'failure')
    expect([breaker.state, breaker.enter()]).toEqual(['open', null])
  })

  it('stays closed while most goes well, or nothing was said', () => {
    const { breaker, times } = breakerWithClock()
    times(10, 'success')
    times(9, 'failure')
    times(1_000, 'none')
    expect(breaker.state).toBe('closed')
    times(1, 'failure')
    expect(breaker.state).toBe('open')
  })

  it('forgets what is older than its window', () => {
    const { breaker, clock, times } = breakerWithClock()
    times(3, 'failure')
    clock.ms += 10_000
    times(3, 'failure')
    expect(breaker.state).toBe('closed')
    clock.ms += 5_000
    times(1, 'failure')
    expect(breaker.state).toBe('open')
  })

  it('lets one probe through after its time and refuses all others at once until it has ended', () => {
    const { breaker, clock, times } = breakerWithClock()
    times(4, 'failure')
    clock.ms += 499
    expect(breaker.enter()).toBeNull()
    clock.ms += 501
    const probe = breaker.enter()
    expect([probe === null, breaker.enter(), breaker.enter(), breaker.state]).toEqual([false, null, null, 'half_open'])
    probe?.('success')
    expect(times(5, 'success')).not.toContain(false)
    expect(breaker.state).toBe('closed')
  })

  it('stays open for twice as long after each probe that fails, up to its maximum', () => {
    const { breaker, clock, times, attempt } = breakerWithClock()
    times(4, 'failure')
    for (const ms of [1_000, 2_000, 4_000, 4_000, 4_000]) {
      clock.ms += ms / 2 - 1
      expect(breaker.enter(), `before half of ${ms}`).toBeNull()
      clock.ms += ms / 2 + 1
      expect(attempt('failure'), `after ${ms}`).toBe(true)
    }
    clock.ms += 4_000
    attempt('success')
    times(4, 'failure')
    clock.ms += 1_000
    expect(attempt('success')).toBe(true)
  })

  it('is not closed by a probe whose client left: the next try is the probe', () => {
    const { breaker, clock, times, attempt } = breakerWithClock()
    times(4, 'failure')
    clock.ms += 1_000
    expect(attempt('none')).toBe(true)
    expect(breaker.state).toBe('half_open')
    expect(attempt('failure')).toBe(true)
    expect(breaker.state).toBe('open')
  })

  it('is moved by nothing that began in an earlier state', () => {
    const { breaker, clock, times, changes } = breakerWithClock()
    const [late, later] = [breaker.enter(), breaker.enter()]
    times(4, 'failure')
    late?.('success')
    expect(breaker.state).toBe('open')
    clock.ms += 1_000
    const probe = breaker.enter()
    later?.('failure')
    probe?.('success')
    expect(changes).toEqual(['open', 'half_open', 'closed'])
  })
})
