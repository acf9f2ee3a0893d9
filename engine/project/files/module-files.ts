import { createHash } from 'node:crypto'
import { readBounded, realPath } from './bounded-file.ts'
import { findModule, type FoundModule, type NoModule } from './find-module.ts'

/** Returns the value of a key, computed at its first use. */
function remembered<T>(known: Map<string, T>, key: string, compute: () => T): T {
  if (known.has(key)) return known.get(key) as T
  const value = compute()
  known.set(key, value)
  return value
}

function sha256Of(file: string): string | undefined {
  const bytes = readBounded(file)
  return bytes && createHash('sha256').update(bytes).digest('hex')
}

/** The modules of tools while one project is loaded: many tools share a file, read once. */
export class ModuleFiles {
  readonly #projectDir: string
  readonly #modules = new Map<string, FoundModule | NoModule>()
  readonly #paths = new Map<string, string | undefined>()
  readonly #hashes = new Map<string, string | undefined>()

  /** @param projectDir absolute folder of compozy.yaml */
  constructor(projectDir: string) {
    this.#projectDir = projectDir
  }

  /**
   * Finds the module that `execute` names, and says what is wrong where there is none.
   * @param folder absolute folder of the file that names it
   */
  find(execute: string, folder: string): FoundModule | NoModule {
    return remembered(this.#modules, `${folder}\0${execute}`, () =>
      findModule(execute, {
        folder,
        projectDir: this.#projectDir,
        realPath: (file) => remembered(this.#paths, file, () => realPath(file)),
        sha256Of: (file) => remembered(this.#hashes, file, () => sha256Of(file)),
      }),
    )
  }

  /** The files of all modules that were found, each once. */
  get found(): readonly string[] {
    return [...this.#hashes].flatMap(([file, hash]) => (hash === undefined ? [] : [file]))
  }
}
