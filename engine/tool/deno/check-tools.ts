import path from 'node:path'
import { didYouMean, listNames } from '../../core/nearest.ts'
import type { Diagnostic } from '../../core/source.ts'
import { readBounded } from '../../project/files/bounded-file.ts'
import { missingModuleHint } from '../../project/files/missing-module.ts'
import type { MissingImport } from './follow-imports.ts'
import type { ModuleReading } from './read-modules.ts'
import type { SyntaxFailure } from './syntax-failures.ts'
import { readToolExports, type ToolExports } from './tool-exports.ts'

/** A tool as far as its module goes; `engine/project` has the rest. */
interface CheckedTool {
  /** Absolute path of the module. */
  readonly file: string
  /** As the project names it: `./tools/price.ts#total`. */
  readonly execute: string
  readonly exportName?: string
  /** Where the project names the module. */
  readonly named: Pick<Diagnostic, 'place' | 'excerpt'>
}

/**
 * Checks what Deno read of the modules of tools: that they parse and export the tool, and that the
 * files of the project that they import are there and parse. Only what fails at each call is an
 * error.
 * @param cwd the folder that the files in the errors are relative to
 */
export function checkTools(
  tools: readonly CheckedTool[],
  { files, missing, failures }: ModuleReading,
  cwd: string,
): readonly Diagnostic[] {
  const exports = new Map<string, ToolExports | undefined>()
  for (const { file } of tools)
    if (!failures.has(file) && !exports.has(file)) exports.set(file, exportsOf(file))
  return [
    ...Array.from(failures, ([file, failure]) => unparsed(file, files.get(file)!, failure, cwd)),
    ...missing.map((each) => toMissing(each, cwd)),
    ...tools.flatMap((tool) => exportErrors(tool, exports.get(tool.file))),
  ]
}

function unparsed(file: string, tool: string, failure: SyntaxFailure, cwd: string): Diagnostic {
  const { reason, line, column } = failure
  const isTool = file === tool
  const diagnostic = errorAt(
    { file: path.relative(cwd, file), line, column, length: 1 },
    file,
    `this ${isTool ? 'tool' : 'file'} does not parse: ${reason}`,
  )
  const hint = `the tool ${path.relative(cwd, tool)} imports it`
  return isTool ? diagnostic : { ...diagnostic, hint }
}

function toMissing(
  { importer, missing, specifier, span: { start, end } }: MissingImport,
  cwd: string,
): Diagnostic {
  const length = start.line === end.line ? end.character - start.character : 1
  const place = { line: start.line + 1, column: start.character + 1, length }
  const message = `the imported file ${specifier} does not exist`
  return {
    ...errorAt({ file: path.relative(cwd, importer), ...place }, importer, message),
    hint: missingModuleHint(missing),
  }
}

/** The exports of a module; undefined where they can't be told. */
function exportsOf(file: string): ToolExports | undefined {
  const bytes = readBounded(file)
  return bytes === undefined || isWide(bytes) ? undefined : readToolExports(bytes.toString('utf8'))
}

function exportErrors(
  { file, execute, exportName, named }: CheckedTool,
  exports: ToolExports | undefined,
): readonly Diagnostic[] {
  const wanted = exportName === undefined ? ['default', 'run'] : [exportName]
  if (exports === undefined || wanted.some((name) => exports.mayHave(name))) return []
  const { names } = exports
  const [first] = names
  const module = path.basename(file)
  const message =
    exportName === undefined
      ? `${module} has neither a default export nor an export "run"`
      : `${module} has no export "${exportName}"${didYouMean(exportName, names)}`
  const example = exportName === undefined ? `; write ${execute}#${first}` : ''
  const hint =
    first === undefined ? 'it exports nothing' : `it exports ${listNames(names)}${example}`
  return [{ severity: 'error', ...named, message, hint }]
}

/** Reports whether a file may be in UTF-16, which Deno reads by its byte order mark. */
function isWide(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex')
  return mark === 'fffe' || mark === 'feff' || bytes.includes(0)
}

function errorAt(place: Diagnostic['place'], file: string, message: string): Diagnostic {
  const text = readBounded(file)?.toString('utf8') ?? ''
  return { severity: 'error', place, message, excerpt: text.split(/\r?\n/)[place.line - 1] ?? '' }
}
