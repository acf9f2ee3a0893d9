/** What decides the flags of a tool's process. */
export interface FlagInput {
  /** `runtime.permissions`: `--allow-…` and `--deny-…` flags, checked at load. */
  readonly permissions: readonly string[]
  /** Absolute paths of the files that the tool may import. */
  readonly importable: readonly string[]
  /** Names of the environment variables that the tool may read. */
  readonly variables: readonly string[]
  readonly memoryMb: number
  readonly nodeModules: boolean
}

/** Never granted to tools, whatever the project says: each is a way out of the tool sandbox. */
const neverAllowed = new Set(['run', 'ffi', 'sys', 'all'])

/** Escapes a path for a list in a flag: Deno splits lists at commas; a doubled comma is literal. */
const inList = (path: string): string => path.replaceAll(',', ',,')

/**
 * Merges the project's permissions with what every tool needs. Deno accepts each flag once; a flag
 * without a list means everything.
 */
function permissionFlags({ permissions, importable, variables }: FlagInput): string[] {
  const lists = new Map<string, Set<string> | 'everything'>()
  const add = (flag: string, values: readonly string[] | 'everything') => {
    const known = lists.get(flag)
    if (values === 'everything' || known === 'everything') lists.set(flag, 'everything')
    else if (values.length > 0) lists.set(flag, new Set([...(known ?? []), ...values]))
  }
  for (const permission of permissions) {
    const match = /^--((?:allow|deny)-([a-z-]+))(?:=(.*))?$/s.exec(permission)
    if (match === null || neverAllowed.has(match[2]!)) continue
    add(match[1]!, match[3] === undefined ? 'everything' : [match[3]])
  }
  add('allow-read', importable.map(inList))
  add('allow-env', variables)
  return [...lists].map(([flag, list]) =>
    list === 'everything' ? `--${flag}` : `--${flag}=${[...list].join(',')}`,
  )
}

/** Returns the flags for module resolution: no downloads, local packages only on request. */
export function resolutionFlags(nodeModules: boolean): string[] {
  const packages = nodeModules
    ? ['--node-modules-dir=manual']
    : ['--no-npm', '--node-modules-dir=none']
  return ['--quiet', '--no-remote', '--no-config', '--no-lock', ...packages]
}

/** Returns the arguments of `deno` before the main module. */
export function denoFlags(input: FlagInput): string[] {
  return [
    'run',
    ...resolutionFlags(input.nodeModules),
    '--cached-only',
    '--no-prompt',
    '--deny-run',
    '--deny-ffi',
    '--deny-sys',
    `--v8-flags=--max-old-space-size=${input.memoryMb}`,
    ...permissionFlags(input),
  ]
}
