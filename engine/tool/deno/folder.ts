import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

function prepare(folder: string): string {
  mkdirSync(folder, { recursive: true })
  // localStorage and caches need no permission and would share this folder between tools. A file of
  // that name makes both APIs throw, in workers too.
  writeFileSync(path.join(folder, 'location_data'), '')
  return folder
}

/**
 * Creates the folder for Deno's compiled code: the project's `.compozy/deno`, or a private
 * temporary one if the project is read-only. It is a cache: delete it at any time.
 */
export function prepareDenoFolder(projectDir: string): string {
  try {
    return prepare(path.join(projectDir, '.compozy', 'deno'))
  } catch {
    return prepare(mkdtempSync(path.join(tmpdir(), 'compozy-deno-')))
  }
}
