import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CompozyError } from '../../../core/errors.ts'

/**
 * Stores a program in the cache. Safe when two first starts race: each writes its own file, and the
 * rename is atomic. Throws CompozyError `binary_unavailable` if the folder is not writable.
 */
export async function storeProgram(path: string, program: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, program, { mode: 0o755 })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CompozyError('binary_unavailable', `the cache can't be written: ${reason}`, { cause })
  }
}
