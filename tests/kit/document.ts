import { globSync, readFileSync } from 'node:fs'

/** A fenced block of a Markdown document. */
export interface Block {
  readonly file: string
  /** Of the opening fence. */
  readonly line: number
  readonly language: string
  /** The words after the language. */
  readonly marks: readonly string[]
  readonly text: string
}

/** README.md and everything below docs/, in the order of their names. */
export const documents = (): string[] => ['README.md', ...globSync('docs/**/*.md').sort()]

/** The fenced blocks of a document, in their order. @throws Error for a fence that is never closed */
export function blocksOf(file: string, text = readFileSync(file, 'utf8')): Block[] {
  const blocks: Block[] = []
  let open: { line: number; info: string; lines: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('```')) open?.lines.push(line)
    else if (open === undefined) open = { line: index + 1, info: line.slice(3).trim(), lines: [] }
    else {
      const [language = '', ...marks] = open.info.split(/\s+/)
      blocks.push({ file, line: open.line, language, marks, text: open.lines.join('\n') })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line} opens a block that nothing closes.`)
  return blocks
}
