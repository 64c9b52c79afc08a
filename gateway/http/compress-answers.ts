import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const [brotli, zip] = [promisify(brotliCompress), promisify(gzip)]
/** Below this a packet is sent anyway, and the work is for nothing. */
const bytesMin = 1_400
/** Of eleven: what takes about as long as gzip. */
const brotliQuality = 4

/** Compresses JSON and text for clients that accept it (RFC 9110 §12.5.3), in threads beside the event loop. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < bytesMin) return payload
    if (!/json|text|javascript/.test(String(reply.getHeader('content-type')))) return payload
    reply.header('vary', varyWith(reply.getHeader('vary')))
    const encoding = preferred(request.headers['accept-encoding'])
    if (encoding === null || reply.hasHeader('content-encoding')) return payload
    reply.header('content-encoding', encoding).removeHeader('content-length')
    return encoding === 'gzip'
      ? zip(payload)
      : brotli(payload, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } })
  })
}

function preferred(accepted: string | string[] | undefined): 'br' | 'gzip' | null {
  const refused = /;\s*q=0(\.0*)?$/
  const offers = String(accepted ?? '')
    .split(',')
    .map((offer) => offer.trim().toLowerCase())
    .filter((offer) => !refused.test(offer))
    .map((offer) => offer.split(';', 1)[0])
  if (offers.includes('br')) return 'br'
  return offers.includes('gzip') || offers.includes('*') ? 'gzip' : null
}

function varyWith(vary: number | string | string[] | undefined): string {
  const names = String(vary ?? '')
  if (/\baccept-encoding\b/i.test(names)) return names
  return names === '' ? 'Accept-Encoding' : `${names}, Accept-Encoding`
}
