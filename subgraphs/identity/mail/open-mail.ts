import type { Runtime } from '#platform/http/runtime'
import type { IdentityConfig } from '../config.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { composeLetter } from './compose-letter.ts'
import { createMailCounter } from './mail.metrics.ts'
import { MailDelivery } from './mail-delivery.ts'
import { openSmtp } from './smtp.ts'

/** Starts sending letters, where there is a mail server. */
export function openMail({ smtp }: IdentityConfig, runtime: Runtime, newCtx: () => IdentityCtx): void {
  if (smtp === null) return
  const counter = createMailCounter(runtime.metrics)
  const delivery = new MailDelivery({ newCtx, smtp: openSmtp(smtp), compose: composeLetter, counter })
  delivery.start()
  runtime.onClose('mail', () => delivery.close())
}
