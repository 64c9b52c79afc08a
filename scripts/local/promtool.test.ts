import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { findPromtool } from './promtool.ts'

test('a promtool on the PATH is used as it is', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'promtool')
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o755)
  expect(findPromtool(folder)).toBe(path)
})
