import { z } from 'zod'
import { SignedFile, type SignedFileOptions } from '../state/signed-file.ts'

const content = z.object({ savedAt: z.coerce.date(), text: z.string().min(1) })

/** The supergraph that was served last, as it was in its file, and since when. */
export interface KeptSupergraph {
  readonly text: string
  readonly savedAt: Date
}

/**
 * Keeps the supergraph served last on disk, so that a gateway that starts while its file is broken, or gone, serves what was
 * good before. Signed, because it says where callers' requests are sent.
 */
export class LastKnownGood {
  readonly #file: SignedFile

  constructor(options: Omit<SignedFileOptions, 'name' | 'bytesMax'>) {
    this.#file = new SignedFile({ ...options, name: 'supergraph', bytesMax: 50_000_000 })
  }

  /** @returns null when there is none to be believed; why not is logged */
  load(): Promise<KeptSupergraph | null> {
    return this.#file.load((text) => content.parse(JSON.parse(text)))
  }

  save(text: string): Promise<void> {
    return this.#file.save(JSON.stringify({ savedAt: new Date().toISOString(), text }))
  }
}
