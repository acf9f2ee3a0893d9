import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { glob } from 'tinyglobby'
import type { Diagnostic } from '../core/source.ts'
import { whyUnreadable } from './files/bounded-file.ts'
import { readSource } from './yaml/read-source.ts'

/** The file that makes a folder a project. */
export const projectFile = 'compozy.yaml'

/**
 * The first few folders of projects that are at most two levels down, as the user would name them.
 */
async function projectsBelow(dir: string, shown: string): Promise<readonly string[]> {
  const files = await glob([`*/${projectFile}`, `*/*/${projectFile}`], {
    cwd: dir,
    ignore: ['**/node_modules/**'],
  })
  return files
    .map((file) => join(shown, dirname(file)))
    .sort()
    .slice(0, 5)
}

async function hintInFolder(folder: {
  readonly dir: string
  readonly shown: string
  readonly names: readonly string[]
}): Promise<string> {
  const near = folder.names.find((name) => /^compozy\.(?:yml|json)$/i.test(name))
  if (near !== undefined) return `rename ${near} to ${projectFile}`
  const below = await projectsBelow(folder.dir, dirname(folder.shown))
  return below.length > 0
    ? `use --cwd to name the folder of a project: ${below.join(', ')}`
    : 'change to the folder of a project, name it with --cwd, or make one: compozy init DIR'
}

/** Says that a folder has no project, and where one may be. */
export async function missingProject(dir: string, shown: string): Promise<readonly Diagnostic[]> {
  const why = whyUnreadable(join(dir, projectFile))
  if (why !== undefined) return readSource(shown, undefined, why).diagnostics
  const others = await readdir(dir).catch(() => undefined)
  const hint =
    others === undefined
      ? 'the folder does not exist'
      : await hintInFolder({ dir, shown, names: others })
  const place = { file: shown, line: 1, column: 1, length: 0 }
  return [
    { severity: 'error', place, message: `there is no ${projectFile} here`, hint, excerpt: '' },
  ]
}
