import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `npm run build:playground` left behind: `build.json` in the built folder, beside the `assets/` it lists. */
export interface PlaygroundBuild {
  /** Digest of everything the build was made from. */
  inputs: string
  /** File names below `assets/` that the page itself asks for. */
  entry: string
  styles: string[]
  icon: string
  /** Every file below `assets/` with its content type; each also stands there gzipped, under its name plus `.gz`. */
  assets: Record<string, string>
}

/** Where the build goes and the gateway looks. */
export const builtFolder = join(import.meta.dirname, 'dist')

/**
 * Reads what was built last.
 *
 * @param folder the built folder
 * @returns null when there is no finished build
 */
export async function readPlaygroundBuild(folder: string): Promise<PlaygroundBuild | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'build.json'), 'utf8')) as PlaygroundBuild
  } catch {
    return null
  }
}
