import { InvalidInputError, OperationNotAllowedError } from '#platform/errors/common-errors'
import { PersistedQueryNotSupportedError } from '../../errors/edge.errors.ts'
import type { ClientProfile } from '../clients/client-profile.ts'
import type { AutomaticDocuments } from './automatic-documents.ts'
import { sha256 } from './document-file.ts'
import { DocumentNotFoundError, PersistedQueryNotFoundError } from './documents.errors.ts'
import type { TrustedDocuments } from './trusted-documents.ts'
import type { UnregisteredOperations } from './unregistered-operations.ts'

/** How a request says which document it means. */
export interface DocumentParams {
  readonly query: string | null
  /** GraphQL over HTTP, appendix “Persisted Documents”. */
  readonly documentId: string | null
  /** `extensions.persistedQuery.sha256Hash`, see `persistedHashOf`. */
  readonly hash: string | null
  readonly operationName: string | null
}

export interface ResolvedDocument {
  readonly text: string
  /** By whose registration it may be asked for: the client's name or `default`; null when by none. */
  readonly registered: string | null
  /** To be called when the text has proven to be a valid operation; null when there is nothing to keep. */
  readonly keep: (() => void) | null
}

export interface DocumentStores {
  readonly trusted: TrustedDocuments
  /** Null when hashes of what is not registered are not taken. */
  readonly automatic: AutomaticDocuments | null
  readonly unregistered: UnregisteredOperations
}

/**
 * The text of the operation that a request asks for, and whether its client registered it.
 *
 * @throws OperationNotAllowedError when it did not and its profile enforces that it does; DocumentNotFoundError;
 *   PersistedQueryNotFoundError and PersistedQueryNotSupportedError; InvalidInputError when the request says none, or two
 */
export function resolveDocument(
  params: DocumentParams,
  client: ClientProfile,
  stores: DocumentStores,
): ResolvedDocument | Promise<ResolvedDocument> {
  const { query, documentId, hash } = params
  if (documentId !== null) {
    if (query !== null) throw new InvalidInputError('Send a query or a documentId, not both.')
    return registeredUnder(documentId, client, stores) ?? fail(new DocumentNotFoundError())
  }
  if (hash === null) {
    if (query === null) throw new InvalidInputError('Send an operation: its text as query, or its documentId.')
    return admit(query, params, client, stores)
  }
  if (query === null) return registeredUnder(hash, client, stores) ?? fetchKept(hash, params, client, stores)
  if (sha256(query) !== hash) throw new InvalidInputError('provided sha does not match query')
  const { automatic } = stores
  const keep = automatic === null ? null : () => automatic.keep(hash, query)
  return { ...admit(query, params, client, stores), keep }
}

function registeredUnder(id: string, client: ClientProfile, { trusted }: DocumentStores): ResolvedDocument | undefined {
  const document = trusted.find(id, client.name)
  return document && { text: document.text, registered: document.client, keep: null }
}

async function fetchKept(
  hash: string,
  params: DocumentParams,
  client: ClientProfile,
  stores: DocumentStores,
): Promise<ResolvedDocument> {
  // To ask for a text that would be refused helps nobody.
  if (client.documents === 'enforce') throw notAllowed()
  if (stores.automatic === null) throw new PersistedQueryNotSupportedError()
  const text = await stores.automatic.get(hash)
  if (text === undefined) throw new PersistedQueryNotFoundError()
  return admit(text, params, client, stores)
}

function admit(
  text: string,
  { operationName }: DocumentParams,
  client: ClientProfile,
  { trusted, unregistered }: DocumentStores,
): ResolvedDocument {
  const registered = trusted.isEmpty ? null : trusted.registeredFor(text, client.name)
  if (registered === null && (client.documents !== 'off' || !trusted.isEmpty))
    unregistered.count(text, operationName, client)
  if (registered === null && client.documents === 'enforce') throw notAllowed()
  return { text, registered, keep: null }
}

const notAllowed = () =>
  new OperationNotAllowedError('This client may send only operations that it has registered: this is none of them.')

const fail = (error: Error): never => {
  throw error
}

const sha256Shape = /^[0-9a-f]{64}$/

/**
 * The hash in a request's `extensions`, if it has one (Apollo's automatic persisted queries, version 1).
 *
 * @throws InvalidInputError for one that cannot be understood
 */
export function persistedHashOf(extensions: Readonly<Record<string, unknown>>): string | null {
  const persisted = extensions.persistedQuery
  if (persisted == null) return null
  const { version, sha256Hash } = persisted as { readonly version?: unknown; readonly sha256Hash?: unknown }
  if (version !== 1) throw new InvalidInputError('Unsupported persisted query version')
  if (typeof sha256Hash !== 'string' || !sha256Shape.test(sha256Hash))
    throw new InvalidInputError('extensions.persistedQuery.sha256Hash must be a SHA-256 in lower-case hexadecimal.')
  return sha256Hash
}
