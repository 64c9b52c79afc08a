import type { Outcome } from './realm.ts'

/** To the sandbox. `input` is JSON text. */
export interface SandboxRequest {
  readonly expression: string
  readonly input: string
}

/** From the sandbox: `ready` once, then one answer to each request. */
export type SandboxReply = Outcome | { readonly kind: 'ready' } | { readonly kind: 'out-of-memory' }
