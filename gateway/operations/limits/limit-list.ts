import { z } from 'zod'
import { namedList } from '#platform/config/units'
import { defaultLimits, type OperationLimits } from './operation-limits.ts'

const limit = z
  .string()
  .regex(/^(none|\d{1,9})$/, 'must be a whole number, or none')
  .transform((text) => (text === 'none' ? Number.POSITIVE_INFINITY : Number(text)))

/** `name=number,name=none`: limits of operations that are other than by default. */
export const limitList = () =>
  namedList(limit)
    .refine(
      (limits) => [...limits.keys()].every((name) => Object.hasOwn(defaultLimits, name)),
      `must name limits among ${Object.keys(defaultLimits).join(', ')}`,
    )
    .transform((limits): Partial<OperationLimits> => Object.fromEntries(limits))
