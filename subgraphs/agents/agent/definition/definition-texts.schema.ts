import { z } from 'zod'
import { idPattern, isId } from '#platform/id'
import { durationPattern, durationWords, parseDuration } from './duration.ts'

/** @param words what is said of any other text */
export const name = (shape: RegExp, words: string) => z.string().regex(shape, words)
/** JSONata. */
export const expression = z.string()
export const text = z.string()
export const idOf = (thing: string) =>
  z.string().refine(isId, `This is not the id of ${thing}.`).meta({ pattern: idPattern })
export const jsonSchema = z.record(z.string(), z.unknown())

/** @param most in ms */
export const duration = (most: number) =>
  z
    .string()
    .refine((given) => parseDuration(given) !== undefined, durationWords)
    .refine((given) => (parseDuration(given) ?? 0) <= most, `This is longer than ${most / 1_000} s.`)
    .meta({ pattern: durationPattern })
