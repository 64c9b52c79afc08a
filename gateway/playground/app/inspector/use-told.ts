import { useEffect, useState } from 'react'

/** What was asked for, on its way or here. */
export type Told<T> = { kind: 'waiting' } | { kind: 'told'; value: T } | { kind: 'failed'; words: string }

/** For how long nothing may change before it is asked. */
const restMs = 400

/**
 * Asks again whenever `about` has changed and then stayed for a moment; what it was before stays until the new answer is
 * here.
 */
export function useTold<T>(about: string, ask: () => Promise<T>): Told<T> {
  const [told, setTold] = useState<Told<T>>({ kind: 'waiting' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: `about` says all that `ask` depends on.
  useEffect(() => {
    let isCurrent = true
    const tell = (next: Told<T>) => {
      if (isCurrent) setTold(next)
    }
    const timer = setTimeout(() => {
      ask().then(
        (value) => tell({ kind: 'told', value }),
        (error: unknown) => tell({ kind: 'failed', words: error instanceof Error ? error.message : String(error) }),
      )
    }, restMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [about])
  return told
}
