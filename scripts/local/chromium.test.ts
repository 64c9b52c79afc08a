import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from './chromium.ts'
import { SetUpError } from './set-up-error.ts'

describe('finding Chromium', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chromium-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const program = (name: string) => {
    const path = join(folder, name)
    writeFileSync(path, '#!/bin/sh\n')
    chmodSync(path, 0o755)
    return path
  }

  it('takes the first one on the PATH, and nothing that is not a program', () => {
    mkdirSync(join(folder, 'chromium'))
    const chrome = program('google-chrome')
    expect(findChromium({ PATH: ['/nowhere', folder].join(delimiter) })).toBe(chrome)
  })

  it('lets CHROMIUM name another, and refuses one that is not there', () => {
    const own = program('my-chromium')
    expect(findChromium({ CHROMIUM: own, PATH: '' })).toBe(own)
    expect(() => findChromium({ CHROMIUM: join(folder, 'missing'), PATH: folder })).toThrow(/CHROMIUM names .*missing/)
  })

  it('names the remedy when there is none', () => {
    expect(() => findChromium({ PATH: folder })).toThrow(SetUpError)
    expect(() => findChromium({ PATH: folder })).toThrow('apt-get install -y --no-install-recommends chromium')
  })
})
