import { createHash } from 'node:crypto'
import { readBounded, realPath } from './bounded-file.ts'

/** Returns the value of a key, computed at its first use. */
function remembered<T>(known: Map<string, T>, key: string, compute: () => T): T {
  if (known.has(key)) return known.get(key) as T
  const value = compute()
  known.set(key, value)
  return value
}

/** The files of tools while one project is loaded: many tools share a file, which is read once. */
export class ModuleFiles {
  readonly #paths = new Map<string, string | undefined>()
  readonly #hashes = new Map<string, string | undefined>()

  /** Returns the path behind all symbolic links; undefined if it leads nowhere. */
  realPath(file: string): string | undefined {
    return remembered(this.#paths, file, () => realPath(file))
  }

  /** Returns the SHA-256 of a file's content; undefined if it can't be read. */
  sha256(file: string): string | undefined {
    return remembered(this.#hashes, file, () => {
      const bytes = readBounded(file)
      return bytes && createHash('sha256').update(bytes).digest('hex')
    })
  }
}
