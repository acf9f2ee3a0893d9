import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { didYouMean } from '../core/nearest.ts'
import type { Report } from '../schema/report.ts'

/** A workflow file that compozy.yaml names. */
export interface NamedFile {
  readonly absolute: string
  /** Relative to compozy.yaml, with forward slashes. */
  readonly file: string
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

async function missing(path: string): Promise<string> {
  const others = await readdir(dirname(path)).catch(() => [])
  return didYouMean(
    basename(path),
    others.filter((name) => /\.ya?ml$/.test(name)),
  )
}

/** The files behind `workflows: [{source}]`, globs resolved, each once; what leads to no file is reported. */
export async function findWorkflowFiles(
  entries: readonly { readonly source?: string }[],
  dir: string,
  report: Report,
): Promise<readonly NamedFile[]> {
  const found = new Map<string, NamedFile>()
  const add = (absolute: string) =>
    found.set(absolute, { absolute, file: relative(dir, absolute).split(sep).join('/') })
  for (const [i, { source }] of entries.entries()) {
    if (source === undefined) continue
    const path = ['workflows', i, 'source']
    if (isDynamicPattern(source)) {
      const pattern = source.replace(/^\.\//, '')
      const matches = await glob(pattern, {
        cwd: dir,
        absolute: true,
        ignore: ['**/node_modules/**', '**/.compozy/**', 'compozy.yaml'],
      })
      if (matches.length === 0)
        report.error(path, `no file matches "${source}"`, {
          hint: 'the pattern is relative to compozy.yaml',
        })
      for (const match of matches.sort()) add(resolve(match))
    } else {
      const absolute = resolve(dir, source)
      if (await isFile(absolute)) add(absolute)
      else
        report.error(path, `the file ${source} does not exist${await missing(absolute)}`, {
          hint: 'the path is relative to compozy.yaml',
        })
    }
  }
  return [...found.values()]
}
