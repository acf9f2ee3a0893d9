/** What the flags of one tool's process depend on. */
export interface FlagInput {
  /** `runtime.permissions`: `--allow-…` and `--deny-…`, already checked. */
  readonly permissions: readonly string[]
  /** Files that the tool may import, absolute. */
  readonly importable: readonly string[]
  /** Names of the variables that it may read. */
  readonly variables: readonly string[]
  readonly memoryMb: number
  readonly nodeModules: boolean
}

/** Never open to tools, whatever the project says: each would be a way out of the sandbox. */
const closed = new Set(['run', 'ffi', 'sys', 'all'])

/** Deno splits the lists of its flags at commas; a comma of a path's own is written twice. */
const inList = (path: string): string => path.replaceAll(',', ',,')

/**
 * Merges what the project allows with what every tool needs. Deno takes a flag once only, and a flag without a list
 * means everything.
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
    if (match === null || closed.has(match[2]!)) continue
    add(match[1]!, match[3] === undefined ? 'everything' : [match[3]])
  }
  add('allow-read', importable.map(inList))
  add('allow-env', variables)
  return [...lists].map(([flag, list]) =>
    list === 'everything' ? `--${flag}` : `--${flag}=${[...list].join(',')}`,
  )
}

/** How modules are found: nothing is ever fetched; local packages only where the project asks for them. */
export function resolutionFlags(nodeModules: boolean): string[] {
  const packages = nodeModules
    ? ['--node-modules-dir=manual']
    : ['--no-npm', '--node-modules-dir=none']
  return ['--quiet', '--no-remote', '--no-config', '--no-lock', ...packages]
}

/** The arguments of `deno` up to the main module. */
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
