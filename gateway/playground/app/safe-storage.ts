import { redactCredentials } from './redact-credentials.ts'

/** The part of the browser's storage that is used here. */
export type BrowserStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/** What GraphiQL asks of a storage of one's own. */
export interface EditorStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  clear(): void
  readonly length: number
}

type Entry = Record<string, unknown>

const prefix = 'graphiql:'
const lists: Record<string, string> = { tabState: 'tabs', queries: 'queries', favorites: 'favorites' }
const activeFields = ['query', 'variables', 'headers']

/**
 * Keeps GraphiQL's tabs, history and layout across visits, but no credential: typed headers are never written, and
 * passwords, tokens and secrets inside operations or variables are blanked first. GraphiQL itself would write all of
 * them, headers of the history included.
 *
 * Its second copy of the active editor's text is not written at all, but read from the active tab: judged alone, a
 * variable called `$p` shows no password.
 *
 * @param storage the browser's `localStorage`, or anything of that shape
 */
export function createSafeStorage(storage: BrowserStorage): EditorStorage {
  const ownKeys = () =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter(
      (key): key is string => key?.startsWith(prefix) ?? false,
    )
  return {
    getItem(key) {
      const name = key.slice(prefix.length)
      return activeFields.includes(name)
        ? activeField(storage.getItem(`${prefix}tabState`), name)
        : storage.getItem(key)
    },
    setItem(key, value) {
      const name = key.slice(prefix.length)
      if (activeFields.includes(name)) return
      const list = lists[name]
      storage.setItem(key, list ? redactEntries(value, list) : value)
    },
    removeItem: (key) => storage.removeItem(key),
    clear() {
      for (const key of ownKeys()) storage.removeItem(key)
    },
    get length() {
      return ownKeys().length
    },
  }
}

function redactEntries(value: string, list: string): string {
  const stored = JSON.parse(value) as Record<string, Entry[]>
  return JSON.stringify({ ...stored, [list]: (stored[list] ?? []).map(redactEntry) })
}

function redactEntry(entry: Entry): Entry {
  const { query, variables } = entry
  const safe = redactCredentials(textOf(query), textOf(variables))
  return {
    ...entry,
    headers: null,
    ...('hash' in entry && { hash: null }),
    ...('response' in entry && { response: null }),
    ...(typeof query === 'string' && { query: safe.query }),
    ...(typeof variables === 'string' && { variables: safe.variables }),
  }
}

function activeField(tabState: string | null, name: string): string | null {
  if (tabState === null) return null
  try {
    const { tabs, activeTabIndex } = JSON.parse(tabState) as { tabs: Entry[]; activeTabIndex: number }
    return textOf(tabs[activeTabIndex]?.[name]) || null
  } catch {
    return null
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
