import { execFile } from 'node:child_process'
import { fileOf } from './module-graph.ts'

/** Where and why a file does not parse. */
export interface SyntaxFailure {
  readonly reason: string
  readonly line: number
  readonly column: number
}

/** How `deno fmt` reports a file that does not parse: a reason, an excerpt, and the place. */
const reported = /^Error checking: .*\n\s+SyntaxError: (.*)\n[^]*?^\s+at (file:\S+):(\d+):(\d+)$/gm

/** How `deno info` does. */
const listed = /^SyntaxError: (.*)\n[^]*?^\s+at file:\S+:(\d+):(\d+)$/m

/** Files of one `deno fmt`: the length of a command line is limited. */
const filesAtOnce = 200

/** Bounds of one `deno fmt`: a tool may be a link to an endless file. */
const bounds = { timeout: 30_000, maxBuffer: 32 << 20, killSignal: 'SIGKILL' } as const

/**
 * Parses files, and returns the failure of each that is not JavaScript or TypeScript; none where
 * Deno gives no answer. Of Deno's commands `fmt --check` alone reports every syntax error, of many
 * files, without running them.
 */
export async function syntaxFailures(
  deno: string,
  files: readonly string[],
  { signal }: { readonly signal?: AbortSignal },
): Promise<ReadonlyMap<string, SyntaxFailure>> {
  // Deno takes a name such as [id].ts for a pattern, and reads the files that match.
  const asked = new Set(files)
  const failures = new Map<string, SyntaxFailure>()
  for (let from = 0; from < files.length; from += filesAtOnce) {
    const text = await reportOn(deno, files.slice(from, from + filesAtOnce), signal)
    for (const [, reason = '', url = '', line, column] of text.matchAll(reported)) {
      const file = fileOf(url)
      if (file !== undefined && asked.has(file))
        failures.set(file, { reason, line: Number(line), column: Number(column) })
    }
  }
  return failures
}

function reportOn(deno: string, files: readonly string[], signal?: AbortSignal): Promise<string> {
  const args = ['fmt', '--check', '--no-config', '--', ...files]
  const options = { ...bounds, env: { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }, signal }
  return new Promise((resolve, reject) => {
    // The exit code also tells of formatting, which is the tool author's own business.
    execFile(deno, args, options, (_failure, stdout, stderr) =>
      signal?.aborted === true ? reject(signal.reason) : resolve(`${stdout}\n${stderr}`),
    )
  })
}

/** Returns the failure in what `deno info` says about a module. Some of them `fmt` accepts. */
export function listedFailure(error: string | undefined): SyntaxFailure | undefined {
  const [, reason, line, column] = listed.exec(error ?? '') ?? []
  return reason === undefined ? undefined : { reason, line: Number(line), column: Number(column) }
}
