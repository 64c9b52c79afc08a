import { setImmediate as otherWork } from 'node:timers/promises'
import { type GraphQLSchema, stripIgnoredCharacters } from 'graphql'
import { LRUCache } from 'lru-cache'
import { checkDocument, type DocumentFault, type TrustedDocument } from './check-document.ts'
import { type DocumentFile, sha256 } from './document-file.ts'

/** One operation, however laid out, with each client's own file of it. */
type Registration = ReadonlyMap<string, TrustedDocument>

/** What is in everybody's reach stands in the folder of the default profile. */
const everybody = 'default'
const textsMax = 1_000
/** How much longer than any registered text one may be and still be looked at: comments and indentation. */
const laidOutFactor = 4
const busyMsMax = 5

/** The operations that clients have registered and that the schema can answer, found by id, by name and by text. */
export class TrustedDocuments {
  readonly documents: readonly TrustedDocument[]
  /** What was left out, and why. */
  readonly faults: readonly DocumentFault[]
  readonly #byId = new Map<string, Registration>()
  readonly #byName = new Map<string, TrustedDocument>()
  readonly #byText = new Map<string, Registration>()
  readonly #byCanonical = new Map<string, Map<string, TrustedDocument>>()
  /** What texts that are laid out differently turned out to be. */
  readonly #seen = new LRUCache<string, { readonly registration: Registration | undefined }>({ max: textsMax })
  readonly #charsMax: number

  constructor(documents: readonly TrustedDocument[], faults: readonly DocumentFault[] = []) {
    this.documents = documents
    this.faults = faults
    for (const document of documents) this.#add(document)
    this.#charsMax = laidOutFactor * Math.max(0, ...documents.map(({ text }) => text.length))
  }

  /** Checks the files over a schema; what is not valid is left out. Lets other work go on in between. */
  static async over(schema: GraphQLSchema, files: readonly DocumentFile[]): Promise<TrustedDocuments> {
    const documents = new Map<string, TrustedDocument>()
    const faults: DocumentFault[] = []
    let since = performance.now()
    for (const file of files) {
      const checked = checkDocument(file, schema)
      if ('fault' in checked) faults.push(checked)
      else {
        const key = `${checked.client} ${checked.name}`
        const { path, client, name } = checked
        const other = documents.get(key)
        if (other === undefined) documents.set(key, checked)
        else faults.push({ client, path, operation: name, fault: `${other.path} has an operation of this name too.` })
      }
      if (performance.now() - since < busyMsMax) continue
      await otherWork()
      since = performance.now()
    }
    return new TrustedDocuments([...documents.values()], faults)
  }

  get isEmpty(): boolean {
    return this.documents.length === 0
  }

  /**
   * What a client means by an id: its own document, else everybody's.
   *
   * @param id SHA-256 of the text as in the file or as printed, hexadecimal, alone or after `sha256:`; or the operation's name
   */
  find(id: string, client: string): TrustedDocument | undefined {
    const registration = this.#byId.get(id.startsWith('sha256:') ? id.slice(7) : id)
    if (registration !== undefined) return registration.get(client) ?? registration.get(everybody)
    return this.#byName.get(`${client} ${id}`) ?? this.#byName.get(`${everybody} ${id}`)
  }

  /** By whose registration a client may ask for this text: its own name, `default`, or null when by none. */
  registeredFor(text: string, client: string): string | null {
    const registration = this.#byText.get(text) ?? this.#laidOut(text)
    if (registration === undefined) return null
    if (registration.has(client)) return client
    return registration.has(everybody) ? everybody : null
  }

  #laidOut(text: string): Registration | undefined {
    if (text.length > this.#charsMax) return undefined
    const seen = this.#seen.get(text)
    if (seen !== undefined) return seen.registration
    const canonical = canonicalOf(text)
    const registration = canonical === undefined ? undefined : this.#byCanonical.get(canonical)
    this.#seen.set(text, { registration })
    return registration
  }

  #add(document: TrustedDocument): void {
    const registration = this.#byCanonical.get(document.canonical) ?? new Map<string, TrustedDocument>()
    this.#byCanonical.set(document.canonical, registration.set(document.client, document))
    this.#byName.set(`${document.client} ${document.name}`, document)
    for (const text of [document.text, document.text.trim(), document.printed]) {
      this.#byText.set(text, registration)
      this.#byId.set(sha256(text), registration)
    }
  }
}

function canonicalOf(text: string): string | undefined {
  try {
    return stripIgnoredCharacters(text)
  } catch {
    return undefined
  }
}
