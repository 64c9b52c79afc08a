import { beforeEach, describe, expect, it } from 'vitest'
import { type BrowserStorage, createSafeStorage, type EditorStorage } from './safe-storage.ts'

class MemoryStorage implements BrowserStorage {
  readonly entries = new Map<string, string>()
  getItem = (key: string) => this.entries.get(key) ?? null
  setItem = (key: string, value: string) => void this.entries.set(key, value)
  removeItem = (key: string) => void this.entries.delete(key)
  key = (index: number) => [...this.entries.keys()][index] ?? null
  get length() {
    return this.entries.size
  }
}

const tab = {
  id: '1',
  title: 'SignIn',
  hash: 'canary',
  query: 'mutation SignIn($p: String!) { login(input: { email: "a@example.com", password: $p }) { __typename } }',
  variables: '{"p": "canary"}',
  headers: '{"authorization": "Bearer canary"}',
  operationName: 'SignIn',
  response: '{"data":{"login":{"accessToken":"canary"}}}',
}

describe('the editor’s storage', () => {
  let browser: MemoryStorage
  let storage: EditorStorage

  beforeEach(() => {
    browser = new MemoryStorage()
    storage = createSafeStorage(browser)
  })

  it('writes tabs, history and favourites without headers, answers and credentials', () => {
    storage.setItem('graphiql:tabState', JSON.stringify({ tabs: [tab], activeTabIndex: 0 }))
    storage.setItem('graphiql:queries', JSON.stringify({ queries: [tab] }))
    storage.setItem('graphiql:favorites', JSON.stringify({ favorites: [{ ...tab, label: 'mine', favorite: true }] }))
    expect(browser.entries.size).toBe(3)
    for (const written of browser.entries.values()) {
      expect(written).not.toContain('canary')
      expect(written).toContain('mutation SignIn')
    }
  })

  it('writes no second copy of the active editors, and reads them from the active tab', () => {
    storage.setItem('graphiql:query', 'canary')
    storage.setItem('graphiql:variables', '{"p": "canary"}')
    storage.setItem('graphiql:headers', '{"x": "canary"}')
    expect(browser.entries.size).toBe(0)
    expect(storage.getItem('graphiql:query')).toBeNull()

    const second = { ...tab, query: '{ second }', variables: '{"a": 1}' }
    storage.setItem('graphiql:tabState', JSON.stringify({ tabs: [tab, second], activeTabIndex: 1 }))
    expect(storage.getItem('graphiql:query')).toBe('{ second }')
    expect(storage.getItem('graphiql:variables')).toBe('{"a": 1}')
    expect(storage.getItem('graphiql:headers')).toBeNull()
  })

  it('starts afresh when what is stored is not its own', () => {
    browser.setItem('graphiql:tabState', 'not json')
    expect(storage.getItem('graphiql:query')).toBeNull()
  })

  it('keeps layout as it is, and clears its own keys only', () => {
    browser.setItem('somebody:else', 'kept')
    storage.setItem('graphiql:editorFlex', '1.2')
    expect(storage.getItem('graphiql:editorFlex')).toBe('1.2')
    expect(storage.length).toBe(1)
    storage.clear()
    expect([...browser.entries.keys()]).toEqual(['somebody:else'])
  })
})
