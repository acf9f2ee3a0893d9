import fs, { statSync, type Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { didYouMean } from '../../core/nearest.ts'
import type { Path } from '../../core/source.ts'
import type { Report } from '../../schema/report.ts'
import { isInside, realPath, whyUnreadable } from './bounded-file.ts'

/** A workflow file that compozy.yaml names. */
export interface NamedFile {
  readonly absolute: string
  /** Relative to compozy.yaml, with forward slashes. */
  readonly file: string
}

/** Files that a project may name, and the longest pattern: bounds on what a glob can cost. */
const maximumFiles = 2_000
const maximumPattern = 200

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}

const yamlName = /\.ya?ml$/

/**
 * Makes pipes, sockets, devices and links to YAML match a pattern: one that can't be read must be
 * told of. Other links stay out, for they may lead in a circle.
 */
function showSpecialFiles(entries: readonly Dirent[] = []): void {
  for (const entry of entries) {
    if (entry.isFile() || entry.isDirectory()) continue
    if (entry.isSymbolicLink() && !yamlName.test(entry.name)) continue
    entry.isFile = () => true
    entry.isSymbolicLink = () => false
  }
}

function readFolder(
  path: string,
  options: { withFileTypes: true },
  done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
): void {
  fs.readdir(path, options, (error, entries) => {
    showSpecialFiles(entries)
    done(error, entries)
  })
}
// The glob calls one of the overloads of `readdir`; a cast cannot say so.
const withSpecialFiles = { readdir: readFolder as unknown as typeof fs.readdir }

async function nearestFile(path: string): Promise<string> {
  const others = await readdir(dirname(path)).catch(() => [])
  return didYouMean(
    basename(path),
    others.filter((name) => yamlName.test(name)),
  )
}

/** Why a source may not be looked for at all. */
function sourceProblem(source: string): { message: string; hint: string } | undefined {
  const hint = 'workflow files lie in the folder of compozy.yaml or below'
  if (isAbsolute(source)) return { message: `"${source}" is an absolute path`, hint }
  if (source.split(/[\\/]/).includes('..'))
    return { message: `"${source}" leads out of the project`, hint }
  if (source.length > maximumPattern)
    return { message: `a source of ${source.length} characters`, hint: `at most ${maximumPattern}` }
  return undefined
}

async function filesBehind(
  source: string,
  dir: string,
  path: Path,
  report: Report,
): Promise<readonly string[]> {
  const absolute = resolve(dir, source)
  // An exact name comes first, also one that looks like a pattern: `order (v2).yaml`.
  if (isFile(absolute)) return [absolute]
  if (!isDynamicPattern(source)) {
    const why = whyUnreadable(absolute)
    const message =
      why === undefined
        ? `the file ${source} does not exist${await nearestFile(absolute)}`
        : `the file ${source} can't be read: ${why}`
    const hint =
      why === undefined ? 'the path is relative to compozy.yaml' : 'a workflow is a regular file'
    report.error(path, message, { hint })
    return []
  }
  const entries = await glob(source.replace(/^\.\//, ''), {
    cwd: dir,
    absolute: true,
    fs: withSpecialFiles,
    onlyFiles: false,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**', '**/.git/**', '**/.compozy/**', 'compozy.yaml'],
  })
  // A folder that is named like a file is told of; others are no match.
  const matches = entries
    .filter((entry) => !entry.endsWith('/') || yamlName.test(entry.slice(0, -1)))
    .map((entry) => entry.replace(/\/$/, ''))
  if (matches.length === 0)
    report.error(path, `no file matches "${source}"`, {
      hint: 'the pattern is relative to compozy.yaml',
    })
  if (matches.length <= maximumFiles) return matches.sort()
  const message = `"${source}" matches ${matches.length} files; at most ${maximumFiles} are read`
  report.error(path, message, { hint: 'name the folder of the workflows: ./workflows/*.yaml' })
  return []
}

/** The files behind `workflows: [{source}]`, globs resolved, each once; wrong ones are reported. */
export async function findWorkflowFiles(
  entries: readonly { readonly source?: string }[],
  dir: string,
  report: Report,
): Promise<readonly NamedFile[]> {
  const found = new Map<string, NamedFile>()
  const root = realPath(dir) ?? dir
  for (const [i, { source }] of entries.entries()) {
    if (source === undefined) continue
    const path = ['workflows', i, 'source']
    const problem = sourceProblem(source)
    if (problem !== undefined) {
      report.error(path, problem.message, { hint: problem.hint })
      continue
    }
    for (const match of await filesBehind(source, dir, path, report)) {
      const absolute = resolve(match)
      const file = relative(dir, absolute).split(sep).join('/')
      // A symbolic link may lead out of the project where its name does not.
      if (isInside(root, realPath(absolute) ?? absolute)) found.set(absolute, { absolute, file })
      else
        report.error(path, `${file} links to a file outside the project`, {
          hint: 'workflow files lie in the folder of compozy.yaml or below',
        })
    }
  }
  return [...found.values()]
}
