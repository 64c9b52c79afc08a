import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface ReceivedLetter {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly messageId: string
  readonly text: string
}

/** What the server does with the next letters. `busy` may pass (RFC 5321 §4.2.1), `unknown` will not; `silent` never answers. */
export type MailServerMood = 'well' | 'busy' | 'unknown' | 'silent'

/** A mail server of the outside world: real SMTP on this machine that keeps what it got. */
export async function openMailServer() {
  const received: ReceivedLetter[] = []
  const state: { mood: MailServerMood; asked: number } = { mood: 'well', asked: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      state.asked += 1
      if (state.mood === 'silent') return
      if (state.mood === 'well') return done()
      const responseCode = state.mood === 'busy' ? 451 : 550
      done(Object.assign(new Error(`<${address}> is not wanted`), { responseCode }))
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        received.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          ...readLetter(Buffer.concat(chunks).toString('latin1')),
        })
        done()
      })
    },
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    /** As SMTP_URL names it. */
    url: `smtp://127.0.0.1:${port}`,
    received,
    state,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

export type MailServer = Awaited<ReturnType<typeof openMailServer>>

/** A letter of one part. */
function readLetter(raw: string) {
  const [head = '', ...body] = raw.split('\r\n\r\n')
  const headers = new Map(
    head
      .replaceAll(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return {
    subject: headers.get('subject') ?? '',
    messageId: headers.get('message-id') ?? '',
    text: decode(body.join('\r\n\r\n'), headers.get('content-transfer-encoding') ?? '').replaceAll('\r\n', '\n'),
  }
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
