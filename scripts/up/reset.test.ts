import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { claimHome } from '../local/home.ts'
import { reset } from './reset.ts'

function homeWithData(): string {
  const home = join(temporaryFolder(), 'home')
  mkdirSync(join(home, 'postgres/data'), { recursive: true })
  writeFileSync(join(home, 'secrets.json'), '{}')
  return home
}

const yes = async () => true
const no = async () => false

test('a confirmed reset removes the home', async () => {
  const home = homeWithData()
  expect(await reset(home, yes)).toBe(`Removed ${home}.`)
  expect(existsSync(home)).toBe(false)
})

test('a reset that is not confirmed removes nothing', async () => {
  const home = homeWithData()
  let asked = ''
  const answer = await reset(home, async (question) => {
    asked = question
    return no()
  })
  expect([answer, asked]).toEqual(['Nothing was removed.', expect.stringContaining(home)])
  expect(readdirSync(home)).toEqual(expect.arrayContaining(['postgres', 'secrets.json']))
})

test('what ForgeOps did not make stays, with its folder', async () => {
  const home = homeWithData()
  writeFileSync(join(home, 'letters.txt'), 'dear reader')
  await reset(home, yes)
  expect(readdirSync(home)).toEqual(['letters.txt'])
})

test('a reset is refused while ForgeOps runs from that home', async () => {
  const home = homeWithData()
  const claim = claimHome(home)
  onTestFinished(() => claim.release())
  await expect(reset(home, yes)).rejects.toThrow(/^ForgeOps runs from .* already: stop it/)
  expect(existsSync(join(home, 'secrets.json'))).toBe(true)
})

test('a home without anything generated is left alone, and nobody is asked', async () => {
  const home = temporaryFolder()
  const never = () => Promise.reject(new Error('asked'))
  expect(await reset(home, never)).toBe(`Nothing to remove in ${home}.`)
  expect(existsSync(home)).toBe(true)
})
