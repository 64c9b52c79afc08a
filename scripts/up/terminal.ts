import type { LineSink } from './node-process.ts'

export interface Terminal {
  readonly onLine: LineSink
  say(line: string): void
  /** Resolves when the processes have written nothing for a moment: what is said next then stands last. */
  quiet(): Promise<void>
}

/**
 * Where the house's words go: on a terminal each line after its process's name and made readable, elsewhere the bare
 * JSON lines, for a program.
 */
export async function openTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Promise<Terminal> {
  for (const stream of [out, err]) stream.on('error', () => undefined)
  const render = out.isTTY ? await readable() : (_name: string, line: string) => `${line}\n`
  let lastAt = 0
  return {
    onLine: (name, line, from) => {
      lastAt = Date.now()
      const stream = from === 'stderr' ? err : out
      stream.write(render(name, line))
    },
    say: (line) => out.write(`${line}\n`),
    quiet: () => untilQuiet(() => lastAt),
  }
}

const quietMs = 60
const longestMs = 1_000

function untilQuiet(lastAt: () => number): Promise<void> {
  const deadline = Date.now() + longestMs
  return new Promise((resolve) => {
    const look = () => (Date.now() - lastAt() > quietMs || Date.now() > deadline ? resolve() : setTimeout(look, 10))
    look()
  })
}

const colours = [36, 33, 32, 35, 34, 31]

async function readable(): Promise<(name: string, line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({
    colorize: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,service,version,environment',
  })
  const names: string[] = []
  return (name, line) => {
    if (!names.includes(name)) names.push(name)
    const colour = colours[names.indexOf(name) % colours.length]
    const text = line.startsWith('{') ? pretty(line).trimEnd() : line
    return `\u001b[${colour}m${name.padEnd(12)}\u001b[0m ${text}\n`
  }
}
