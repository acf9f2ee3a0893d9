import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { listModules, type ListingInput } from './list-modules.ts'

/**
 * Files that may be modules. Deno reads others as text or bytes, which is reading, not importing.
 */
const moduleName = /\.(?:[mc]?[jt]s|[jt]sx|json)$/

/** How long a process may serve whose graph Deno could not read, ms. */
const unreadMs = 30_000
/**
 * How long Deno is not asked again for such a graph, as a multiple of the time that the attempt
 * took: a tool whose graph cannot be read must not keep the machine busy with reading it.
 */
const unreadFactor = 3

/** How much older the time of a file may be than the moment at which it was saved, ms. */
const clockStepMs = 20
/** The same for file systems that keep whole seconds. */
const coarseStepMs = 1_000

/** How often a graph is read again because a file of it was saved meanwhile. */
const rereads = 2
/** How long the last of those counts if a file was saved even then, ms. */
const unsureMs = 1_000

/** The files of a tool: its module and its imports, direct and indirect. */
export interface ModuleGraph {
  /** Absolute paths of the files that the tool may import. */
  readonly importable: readonly string[]
  /** Whether Deno could not list the modules: only the tool's own is importable then. */
  readonly isUnread: boolean
  /** Reports whether a file has changed, appeared or disappeared since. */
  readonly isStale: () => boolean
  /** Reports whether Deno is to be asked again before another process starts. */
  readonly isDue: () => boolean
}

/** How to read a module graph. */
export interface GraphInput extends Omit<ListingInput, 'root'> {
  readonly file: string
}

function stamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.mtimeMs}:${found.size}`
}

/** Reports whether a file may have been saved between `since`, ms since 1970, and now. */
function maybeSavedSince(since: number, file: string): boolean {
  const { mtimeMs = -Infinity } = statSync(file, { throwIfNoEntry: false }) ?? {}
  const step = mtimeMs % 1_000 === 0 ? coarseStepMs : clockStepMs
  // A time in the future comes from another clock.
  return mtimeMs >= since - step && mtimeMs <= Date.now() + step
}

/** Resolves links. A path that does not exist stays as it is: Deno reports it as missing. */
function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/**
 * Reports whether a tool may import `file`: it is in the project folder, links do not lead out of
 * it, and no part of its path is hidden (`.env`, `.git`, `.compozy`).
 */
export function isImportable(file: string, projectDir: string): boolean {
  const inside = (folder: string, name: string) => {
    const relative = path.relative(folder, name)
    const parts = relative.split(path.sep)
    return (
      relative !== '' && !path.isAbsolute(relative) && !parts.some((part) => part.startsWith('.'))
    )
  }
  return (
    inside(projectDir, file) &&
    (inside(projectDir, real(file)) || inside(real(projectDir), real(file)))
  )
}

/** Returns the file of a module; undefined for another URL, and for one that names no file. */
export function fileOf(specifier: string): string | undefined {
  try {
    return specifier.startsWith('file:') ? fileURLToPath(specifier) : undefined
  } catch {
    // A host, an encoded slash, a lone "%": Deno reports it where the module is loaded.
    return undefined
  }
}

/** Reads a graph once. `isUnsure`: Deno may have read a file before it was saved. */
async function readOnce(
  input: GraphInput,
  signal: AbortSignal,
): Promise<{ readonly graph: ModuleGraph; readonly isUnsure: boolean }> {
  const { file, projectDir } = input
  const [startedAt, started] = [Date.now(), performance.now()]
  const root = pathToFileURL(file).href
  const listed = await listModules({ ...input, root }, { signal })
  const now = performance.now()
  const files = (listed ?? [{ specifier: root, kind: undefined }]).flatMap(
    ({ specifier, kind }) => {
      const name = fileOf(specifier)
      return name === undefined ? [] : [{ name, kind }]
    },
  )
  const stamps = new Map(files.map(({ name }) => [name, stamp(name)]))
  const isUnsure =
    listed !== undefined && files.some(({ name }) => maybeSavedSince(startedAt, name))
  const importable = files.filter(
    ({ name, kind }) =>
      kind !== 'external' && moduleName.test(name) && isImportable(name, projectDir),
  )
  const isUnread = listed === undefined
  const sureMs = isUnsure ? unsureMs : Infinity
  const knownUntil = now + (isUnread ? unreadMs : sureMs)
  const dueAt = isUnread ? now + unreadFactor * (now - started) : Infinity
  const isStale = () =>
    performance.now() > knownUntil || [...stamps].some(([name, known]) => stamp(name) !== known)
  const graph = {
    importable: importable.map(({ name }) => name),
    isUnread,
    isStale,
    isDue: () => performance.now() > dueAt || isStale(),
  }
  return { graph, isUnsure }
}

/**
 * Returns the module graph of a tool, as Deno sees it. Deno checks imports by the read permission,
 * so the tool gets read access to exactly the modules that its imports name: JavaScript, TypeScript
 * and JSON, nothing that is imported as text or bytes. A graph that could not be read has no module
 * but the tool's own, and is soon stale: the cause may have passed. One of which a file was saved
 * meanwhile is read again.
 */
export async function readModuleGraph(
  input: GraphInput,
  { signal }: { signal: AbortSignal },
): Promise<ModuleGraph> {
  let read = await readOnce(input, signal)
  for (let i = 0; i < rereads && read.isUnsure; i++) read = await readOnce(input, signal)
  return read.graph
}
