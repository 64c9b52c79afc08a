import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PlaygroundBuild, readPlaygroundBuild } from '../gateway/playground/playground-build.ts'
import { type BuildReport, buildPlayground } from './build-playground.ts'

describe('building the playground', { timeout: 90_000 }, () => {
  let folder: string
  let first: BuildReport
  let build: PlaygroundBuild

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-build-'))
    first = await buildPlayground(folder)
    const read = await readPlaygroundBuild(folder)
    if (!read) throw new Error('no build')
    build = read
  }, 90_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('leaves static files only, each listed and gzipped, small enough to open at once', async () => {
    const names = Object.keys(build.assets)
    expect((await readdir(join(folder, 'assets'))).sort()).toEqual(names.flatMap((name) => [name, `${name}.gz`]).sort())
    expect(names).toEqual(expect.arrayContaining([build.entry, build.icon, ...build.styles]))
    expect(first.sizes?.zippedBytes).toBeLessThan(2_500_000)
  })

  it('names every file by its content, so that it may be cached for good', () => {
    expect(Object.keys(build.assets).filter((name) => !/-[\w-]{8}\.\w+$/.test(name))).toEqual([])
  })

  it('brings its three workers along and embeds no font or image in a style sheet', async () => {
    const workers = Object.keys(build.assets).filter((name) => name.includes('.worker-'))
    expect(workers.map((name) => name.split('.')[0]).sort()).toEqual(['editor', 'graphql', 'json'])
    for (const style of build.styles) {
      expect(await readFile(join(folder, 'assets', style), 'utf8')).not.toContain('data:font')
    }
  })

  it('does nothing while its inputs are the same', async () => {
    expect((await buildPlayground(folder)).sizes).toBeNull()
  })

  it('builds anew when a file of the last build is gone, and removes what no build lists', async () => {
    await rm(join(folder, 'assets', build.entry))
    await writeFile(join(folder, 'assets', 'stale.js'), '')
    expect((await buildPlayground(folder)).sizes).not.toBeNull()
    const names = await readdir(join(folder, 'assets'))
    expect(names).toContain(build.entry)
    expect(names).not.toContain('stale.js')
    expect(await readPlaygroundBuild(folder)).toEqual(build)
  })
})
