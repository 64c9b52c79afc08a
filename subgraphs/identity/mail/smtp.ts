import { createTransport } from 'nodemailer'
import type { Letter } from './mail-order.ts'

export interface SmtpOptions {
  /** `smtps://user:password@host:port`, or `smtp://…` which turns to TLS before anything is said. */
  readonly url: string
  /** Sender of every letter: an address, or `Name <address>`. */
  readonly from: string
  readonly deadlineMs?: number
}

/** Why a letter could not be handed over. What the server said stays with it: servers like to quote addresses. */
export class MailRefusedError extends Error {
  /** `ETIMEDOUT`, or a code and status of SMTP such as `EENVELOPE 550`. */
  readonly reason: string
  /** The recipient does not exist, or will not have it: sending again is of no use. */
  readonly isFinal: boolean

  constructor(error: unknown) {
    const { code, responseCode, command, name } = error as Record<string, unknown>
    const reason = [code ?? name ?? 'unknown', responseCode].filter((part) => part !== undefined).join(' ')
    super(`The mail server did not take a letter: ${reason}`)
    this.name = 'MailRefusedError'
    this.reason = reason
    this.isFinal = command === 'RCPT TO' && Number(responseCode) >= 500
  }
}

/**
 * Hands letters to a mail server, each within a deadline on a connection of its own.
 *
 * @returns `send(letter, id)`, which throws MailRefusedError; `id` makes the Message-ID, so that a repetition can be told
 */
export function openSmtp({ url: text, from, deadlineMs = 15_000 }: SmtpOptions) {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  const transport = createTransport({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: isTlsRequired(url),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    dnsTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s@>]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send({ to, subject, text }: Letter, id: string): Promise<void> {
      try {
        await transport.sendMail({
          from,
          // As an object it is one address, whatever it looks like.
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(deadlineMs),
        })
      } catch (error) {
        throw new MailRefusedError(error)
      }
    },
  }
}

export type Smtp = ReturnType<typeof openSmtp>

/** Whether a letter waits for TLS: unless the operator says so (`?tls=on`, `?tls=off`), wherever the way leaves this machine. */
export function isTlsRequired(url: URL): boolean {
  const said = url.searchParams.get('tls')
  return said === 'on' || (said !== 'off' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
}
