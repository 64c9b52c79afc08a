import { createHash } from 'node:crypto'

/** A file of a client's operations, read but not yet looked into. */
export interface DocumentFile {
  readonly client: string
  readonly path: string
  readonly text: string
  /** SHA-256 of the text as it stands, hexadecimal: what `sha256sum` says of the file. */
  readonly id: string
}

export const documentFile = (client: string, path: string, text: string): DocumentFile => ({
  client,
  path,
  text,
  id: sha256(text),
})

/** SHA-256 of a text in UTF-8, hexadecimal. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
