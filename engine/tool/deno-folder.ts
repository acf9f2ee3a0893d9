import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

function prepare(folder: string): string {
  mkdirSync(folder, { recursive: true })
  // Deno keeps what localStorage and caches hold in a folder of this name, and asks no permission for it: tools would
  // have a shared place on disk. A plain file in its place makes both APIs throw, in workers too.
  writeFileSync(path.join(folder, 'location_data'), '')
  return folder
}

/**
 * The folder for Deno's compiled code: the project's `.compozy/deno`, or a private temporary one where the project is
 * read-only. It holds nothing that is worth keeping.
 */
export function prepareDenoFolder(projectDir: string): string {
  try {
    return prepare(path.join(projectDir, '.compozy', 'deno'))
  } catch {
    return prepare(mkdtempSync(path.join(tmpdir(), 'compozy-deno-')))
  }
}
