import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Diagnostic } from '../../core/source.ts'
import { findDeno } from './binary.ts'

/** A tool as far as its syntax goes; `engine/project` has the rest. */
interface ToolFile {
  /** Absolute path of the module. */
  readonly file: string
}

/** A file that does not parse. */
interface SyntaxFailure {
  readonly file: string
  readonly reason: string
  readonly line: number
  readonly column: number
}

/** How `deno fmt` reports a file that does not parse: a reason, an excerpt, and the place. */
const reported = /^Error checking: .*\n\s+SyntaxError: (.*)\n[^]*?^\s+at (file:\S+):(\d+):(\d+)$/gm

/** Files of one `deno fmt`: the length of a command line is limited. */
const filesAtOnce = 200

/** Bounds of one `deno fmt`: a tool may be a link to an endless file. */
const bounds = { timeout: 30_000, maxBuffer: 32 << 20, killSignal: 'SIGKILL' } as const

/**
 * Parses the files of tools, and returns one error for each that is not JavaScript or TypeScript.
 * No code of the tools runs. Where Deno cannot be had nothing is checked: the start of the engine
 * reports that.
 * @param cwd the folder that the files in the errors are relative to
 */
export async function checkToolSyntax(
  tools: Iterable<ToolFile>,
  { cwd, signal }: { readonly cwd: string; readonly signal?: AbortSignal },
): Promise<readonly Diagnostic[]> {
  const files = [...new Set(Array.from(tools, ({ file }) => file))]
  const found: Diagnostic[] = []
  for (let from = 0; from < files.length; from += filesAtOnce) {
    const failures = await parseFailures(files.slice(from, from + filesAtOnce), signal)
    found.push(...failures.map((failure) => toDiagnostic(failure, cwd)))
  }
  return found
}

/**
 * Lists the files that do not parse; none where Deno is missing or gives no answer. Of Deno's
 * commands `fmt --check` alone reports every syntax error, of many files, without running them.
 */
function parseFailures(
  files: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SyntaxFailure[]> {
  const args = ['fmt', '--check', '--no-config', '--', ...files]
  const options = { ...bounds, env: { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }, signal }
  return new Promise((resolve, reject) => {
    let deno: string
    try {
      deno = findDeno()
    } catch {
      return resolve([])
    }
    // The exit code also tells of formatting, which is the tool author's own business.
    execFile(deno, args, options, (_failure, stdout, stderr) =>
      signal?.aborted === true
        ? reject(signal.reason)
        : resolve(failuresIn(`${stdout}\n${stderr}`)),
    )
  })
}

function failuresIn(text: string): readonly SyntaxFailure[] {
  return Array.from(text.matchAll(reported), ([, reason = '', url = '', line, column]) => ({
    file: fileURLToPath(url),
    reason,
    line: Number(line),
    column: Number(column),
  }))
}

function toDiagnostic({ file, reason, line, column }: SyntaxFailure, cwd: string): Diagnostic {
  return {
    severity: 'error',
    place: { file: path.relative(cwd, file), line, column, length: 1 },
    message: `this tool does not parse: ${reason}`,
    excerpt: lineOf(file, line),
  }
}

function lineOf(file: string, line: number): string {
  return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1] ?? ''
}
