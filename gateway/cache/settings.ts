import { count, onOff } from '#platform/config/units'

export const cacheVariables = {
  CACHE: onOff().default(true),
  CACHE_MEMORY_MB: count(32, 4_096),
}

export interface CacheSettings {
  /** How much text of answers one process keeps. */
  readonly memoryBytesMax: number
}

/** @returns null when nothing is to be kept */
export const cacheSettings = (v: {
  readonly CACHE: boolean
  readonly CACHE_MEMORY_MB: number
}): CacheSettings | null => (v.CACHE ? { memoryBytesMax: v.CACHE_MEMORY_MB * 1_000_000 } : null)
