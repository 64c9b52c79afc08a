import { type Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EgressFailedError, EgressTooLargeError } from './egress.errors.ts'

/** Two layers are one more than any honest server sends. */
const CODINGS_MAX = 2

/** What a coding adds to data that it cannot shrink, generously. */
const CODING_BYTES = 65_536

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
  ['deflate', createInflate],
])

/**
 * Reads and decodes a body as it arrives, so that a bomb is noticed before it has unfolded.
 * @param contentEncoding the header of that name: codings in the order in which they were applied (RFC 9110 §8.4)
 * @param bytesMax of the decoded body
 * @throws EgressTooLargeError EGRESS_TOO_LARGE, EgressFailedError EGRESS_FAILED for an unknown coding; the decoder's error
 *   when the body is damaged
 */
export async function readBody(raw: Readable, contentEncoding: string, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stages = decodersOf(contentEncoding)
  const arrived = limited(stages.length === 0 ? bytesMax : bytesMax + CODING_BYTES, bytesMax)
  const kept = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  try {
    await pipeline([raw, arrived.stream, ...stages, limited(bytesMax, bytesMax).stream, kept])
  } catch (error) {
    // Answers to HEAD and many a 204 name a coding for a body that is not there: nothing to decode is no damage.
    if (arrived.size() > 0 || !raw.readableEnded) throw error
  }
  return Buffer.concat(chunks)
}

function decodersOf(contentEncoding: string): Transform[] {
  const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase())
  const makers = codings
    .filter((coding) => coding !== '' && coding !== 'identity')
    .map((coding) => decoders.get(coding))
  if (makers.length > CODINGS_MAX || makers.includes(undefined))
    throw new EgressFailedError('The body of the answer is encoded in a way that is not understood.')
  return makers.reverse().flatMap((make) => (make ? [make()] : []))
}

function limited(bytes: number, named: number): { stream: Transform; size: () => number } {
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > bytes) done(new EgressTooLargeError('body', named))
      else done(null, chunk)
    },
  })
  return { stream, size: () => size }
}
