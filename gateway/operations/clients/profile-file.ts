import { z } from 'zod'
import { defaultLimits, type LimitName } from '../limits/operation-limits.ts'
import { bindingShape } from './client-binding.ts'
import { documentsModes, introspectionRights } from './client-profile.ts'

const positive = () => z.number({ error: 'must be a whole number above 0' }).int().positive().max(1_000_000_000)
const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be ${words.join(', ').replace(/, ([^,]*)$/, ' or $1')}` })

const limits = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, positive().optional()])) as Record<
  LimitName,
  z.ZodOptional<ReturnType<typeof positive>>
>

/** An origin as browsers send it (RFC 6454 §6.1); `self` is the gateway's own. */
const origin = z.string().refine(isOrigin, 'must be self, or an origin such as https://console.example.com')

/** `profile.yaml`, which says everything of one client. What it leaves out is as in the default profile. */
export const profileFile = z.strictObject({
  description: z.string().min(1),
  /** Ways to be this client: any one suffices. */
  bindings: z.array(bindingShape).max(20).default([]),
  origins: z.array(origin).max(50).default([]),
  cors: z
    .strictObject({
      methods: z.array(oneOf(['GET', 'POST'])).default(['GET', 'POST']),
      /** Request headers beside those that the gateway knows itself. */
      headers: z.array(z.string().regex(/^[\w-]{1,64}$/, 'must be the name of a header')).default([]),
      /** Whether pages may send cookies: nothing of ours needs them. */
      credentials: z.boolean().default(false),
      maxAgeSeconds: z.number().int().min(0).max(86_400).default(600),
    })
    .prefault({}),
  documents: oneOf(documentsModes).optional(),
  limits: z.strictObject(limits).default({}),
  costPerMinute: positive().optional(),
  requestsPerMinute: positive().optional(),
  introspection: oneOf(introspectionRights).optional(),
})

export type ProfileFile = z.output<typeof profileFile>

function isOrigin(text: string): boolean {
  if (text === 'self') return true
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  // Of plain http only what never leaves the machine: anybody on the way could speak as such a page.
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.origin === text && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback))
}

/** What contradicts itself in a file whose parts are all in order. */
export function contradictions(name: string, { bindings, origins }: ProfileFile): string[] {
  if (name === 'default')
    return bindings.length + origins.length === 0
      ? []
      : ['bindings and origins must be left out: the default profile is for whoever is no other client.']
  if (bindings.length === 0) return ['bindings must state at least one way to be this client.']
  return bindings.some((binding) => binding.origin === true) && origins.length === 0
    ? ['origins must name at least one, since a binding asks for it.']
    : []
}
