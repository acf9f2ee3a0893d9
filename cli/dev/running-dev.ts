import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../../engine/core/json.ts'
import { birthOf } from '../../engine/infra/temporal/dev-server/process-birth.ts'

const fileOf = (dir: string): string => join(dir, '.compozy', 'dev.json')

/** Inode of the state folder: a project that is copied while dev runs copies the file too. */
const inodeOf = (dir: string): number => statSync(join(dir, '.compozy')).ino

/**
 * Writes the address of a dev into the project's state folder, for other commands in this folder.
 * Returns a function that removes it.
 */
export function publishAddress(dir: string, api: string): () => void {
  const file = fileOf(dir)
  const { pid } = process
  const text = JSON.stringify({ api, pid, born: birthOf(pid) ?? '', folder: inodeOf(dir) })
  const temporary = `${file}.${pid}`
  writeFileSync(temporary, text, { mode: 0o600 })
  renameSync(temporary, file)
  return () => {
    if (read(file) === text) rmSync(file, { force: true })
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Returns the address of the dev that runs on this folder; ignores one that has ended. */
export function findRunningDev(dir: string): string | undefined {
  const text = read(fileOf(dir))
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value) || value['folder'] !== inodeOf(dir)) return undefined
    const { api, pid, born } = value
    if (typeof api !== 'string' || typeof pid !== 'number' || birthOf(pid) !== born)
      return undefined
    return URL.canParse(api) ? api : undefined
  } catch {
    return undefined
  }
}
