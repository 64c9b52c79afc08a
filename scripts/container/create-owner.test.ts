import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('the owner role, its password and its database are those of DATABASE_URL, and no argument holds the password', () => {
  const folder = mkdtempSync(join(tmpdir(), 'create-owner-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'psql'), '#!/bin/sh\necho "arguments: $*"\ncat\n')
  chmodSync(join(folder, 'psql'), 0o755)
  const { stdout, status } = spawnSync('/bin/sh', ['scripts/container/create-owner.sh'], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}`, DATABASE_URL: 'postgres://an_owner:A-b_9@postgres:5432/a_house?x=1' },
  })
  const [first, ...rest] = stdout.trimEnd().split('\n')
  expect([status, first]).toEqual([0, expect.not.stringContaining('A-b_9')])
  expect(rest).toEqual([
    '\\set role an_owner',
    '\\set password A-b_9',
    '\\set database a_house',
    'create role :"role" login createrole password :\'password\';',
    'create database :"database" owner :"role";',
  ])
})
