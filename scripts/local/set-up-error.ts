/** A fault of the machine or of the command line: its message is one sentence that names the remedy, for a person. */
export class SetUpError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.name = 'SetUpError'
  }
}

/** The sentence for a failed file operation in `folder`, or undefined when the error has another cause. */
export function folderFault(error: unknown, folder: string): SetUpError | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOENT'].includes(code ?? '')) {
    return new SetUpError(`Cannot write in ${folder}: make it writable or set FORGEOPS_HOME to a folder that is.`, {
      cause: error,
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(folder, { cause: error })
  return undefined
}

export const noSpace = (folder: string, options?: ErrorOptions): SetUpError =>
  new SetUpError(`No space is left in ${folder}: free some or set FORGEOPS_HOME to a folder on another disk.`, options)
