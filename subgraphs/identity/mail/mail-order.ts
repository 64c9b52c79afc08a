/** A letter to be written and sent, as it waits sealed in the outbox. */
export type MailOrder =
  | {
      readonly kind: 'invitation'
      readonly to: string
      readonly organization: string
      readonly token: string
      readonly days: number
    }
  /** Somebody asked for it by address: whether there is an account is found out only when it is written. */
  | { readonly kind: 'password-reset-asked'; readonly email: string; readonly asked: Asked }
  | { readonly kind: 'password-reset'; readonly to: string; readonly token: string; readonly minutes: number }
  | { readonly kind: 'password-changed'; readonly to: string }
  | { readonly kind: 'factors-changed'; readonly to: string; readonly change: 'added' | 'removed' | 'reset' }

/** The request behind an order, for the record. */
export interface Asked {
  readonly requestId: string
  readonly address: string | null
  readonly userAgent: string | null
}

export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}
