import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ListedImport, ListedModule } from './list-modules.ts'
import { fileOf, isImportable } from './module-graph.ts'

/** Modules as Deno lists them, by their URLs. */
export type Modules = ReadonlyMap<string, ListedModule>

/** An import of a file of the project that does not exist. */
export interface MissingImport {
  readonly importer: string
  readonly missing: string
  readonly specifier: string
  readonly span: NonNullable<ListedImport['code']>['span']
}

/** What Deno loads before tools run, as far as it belongs to the project. */
export interface Imports {
  /** Each file with the first of the tools that needs it; the tools come with themselves. */
  readonly files: ReadonlyMap<string, string>
  readonly missing: readonly MissingImport[]
}

/** Types of imports whose files are read as they are, whatever their names say. */
const rawTypes: ReadonlySet<string> = new Set(['text', 'bytes'])

/** Returns the file of a module that belongs to the project; one of a package does not. */
function projectFile(specifier: string, projectDir: string): string | undefined {
  const file = fileOf(specifier)
  const isOwn =
    file !== undefined &&
    isImportable(file, projectDir) &&
    !path.relative(projectDir, file).split(path.sep).includes('node_modules')
  return isOwn ? file : undefined
}

/**
 * Follows the imports of tools that Deno loads before it runs them: not those of types, nor those
 * that the code itself loads later, nor files that are imported as text or bytes.
 */
export function followImports(
  tools: readonly string[],
  modules: Modules,
  projectDir: string,
): Imports {
  const files = new Map(tools.map((tool) => [tool, tool]))
  const missing: MissingImport[] = []
  // The map grows meanwhile, and the loop reaches what is added.
  for (const [importer, tool] of files) {
    const { dependencies = [] } = modules.get(pathToFileURL(importer).href) ?? {}
    for (const { specifier, code, isDynamic = false, assertionType = '' } of dependencies) {
      const url = isDynamic ? undefined : code?.specifier
      const file = url === undefined ? undefined : projectFile(url, projectDir)
      if (url === undefined || file === undefined) continue
      const { error, kind } = modules.get(url) ?? {}
      const isRaw = kind === 'external' || rawTypes.has(assertionType)
      const isMissing = error?.startsWith('Module not found') === true
      if (isMissing) missing.push({ importer, missing: file, specifier, span: code!.span })
      else if (!isRaw && !files.has(file)) files.set(file, tool)
    }
  }
  return { files, missing }
}
