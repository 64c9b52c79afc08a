import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startSandbox } from './sandbox.ts'

const here = import.meta.dirname
const root = resolve(here, '../../..')

/** A program that evaluates one expression and says what came of it. */
const program = (folder: string, extension: string) => `
  import { startSandbox } from ${JSON.stringify(join(folder, `sandbox.${extension}`))}
  const sandbox = await startSandbox({ memoryMbMax: 32, outputBytesMax: 1000 })
  const answer = await sandbox.ask({ expression: '$sum(a)', input: '{"a":[1,2]}' })
  console.log(JSON.stringify(answer))
  await sandbox.kill()
`

async function printedBy(source: string, nodeFlags: readonly string[] = []): Promise<string> {
  const arguments_ = [...nodeFlags, '--input-type=module', '--eval', source]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, arguments_, { cwd: root })
  return (stdout + stderr).trim()
}

describe('startSandbox', () => {
  const answered = '{"kind":"done","output":"3"}'

  it('runs under Node itself, without a transpiler', async () => {
    expect(await printedBy(program(here, 'ts'))).toBe(answered)
  })

  it('runs under tsx', async () => {
    expect(await printedBy(program(here, 'ts'), ['--import', 'tsx'])).toBe(answered)
  })

  it('runs as built JavaScript', async () => {
    const built = await mkdtemp(join(tmpdir(), 'sandbox-built-'))
    try {
      const compiler = join(root, 'node_modules/typescript/bin/tsc')
      const flags = [
        '--ignoreConfig',
        '--rewriteRelativeImportExtensions',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ]
      const sources = ['sandbox.ts', 'expression-host.ts', 'expression-thread.ts'].map((name) => join(here, name))
      await symlink(join(root, 'node_modules'), join(built, 'node_modules'))
      await writeFile(join(built, 'package.json'), '{"type":"module"}')
      await promisify(execFile)(process.execPath, [compiler, ...flags, '--outDir', built, ...sources], { cwd: root })
      expect(await printedBy(program(built, 'js'))).toBe(answered)
    } finally {
      await rm(built, { recursive: true })
    }
  })

  it('leaves no process behind when its parent is killed, even while an expression spins', async () => {
    const endless = `
      import { startSandbox } from ${JSON.stringify(join(here, 'sandbox.ts'))}
      const sandbox = await startSandbox({ memoryMbMax: 32, outputBytesMax: 1000 })
      sandbox.ask({ expression: '($f := function($x) { $f($x + 1) }; $f(1))', input: '{}' })
      console.log(sandbox.pid)
    `
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', endless], { cwd: root })
    const printed = text(parent.stdout)
    let pid = 0
    parent.stdout.on('data', (chunk) => {
      pid = Number(chunk)
    })
    await expect.poll(() => pid, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(isRunning(pid)).toBe(true)
    parent.kill('SIGKILL')
    await printed
    await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false)
  })

  it('notices one long text, which the heap limit alone does not, before it has grown', async () => {
    const sandbox = await startSandbox({ memoryMbMax: 32, outputBytesMax: 1_000 })
    const answer = await sandbox.ask({ expression: '$length($pad("", 500000000, "x"))', input: '{}' })
    const [, peakKb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${sandbox.pid}/status`, 'utf8')) ?? []
    expect(answer).toEqual({ kind: 'out-of-memory' })
    expect(Number(peakKb) / 1024).toBeLessThan(400)
    await sandbox.kill()
  })

  it('tells when the process has gone', async () => {
    const sandbox = await startSandbox({ memoryMbMax: 32, outputBytesMax: 1_000 })
    const answer = sandbox.ask({ expression: '($f := function($x) { $f($x + 1) }; $f(1))', input: '{}' })
    process.kill(sandbox.pid, 'SIGTERM')
    expect(await answer).toEqual({ kind: 'gone', signal: 'SIGTERM' })
    expect(sandbox.alive).toBe(false)
    expect(await sandbox.ask({ expression: '1', input: '{}' })).toMatchObject({ kind: 'gone' })
    await sandbox.kill()
  })
})

/** A zombie, which nobody has collected yet, runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
