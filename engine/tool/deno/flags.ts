import { endpointsToDeny, type Endpoint } from './own-endpoints.ts'

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
  /** Endpoints that `--allow-net` without a list does not open. */
  readonly ownEndpoints: readonly Endpoint[]
}

/** Never granted to tools, whatever the project says: each is a way out of the tool sandbox. */
const neverAllowed = new Set(['run', 'ffi', 'sys', 'all'])

/** Escapes a path for a list in a flag: Deno splits lists at commas; a doubled comma is literal. */
const inList = (path: string): string => path.replaceAll(',', ',,')

/** Splits a list as Deno does: in lists of paths, a doubled comma belongs to a path. */
function itemsOf(flag: string, list: string): readonly string[] {
  return /-(?:read|write)$/.test(flag) ? (list.match(/(?:[^,]|,,)+/g) ?? []) : list.split(',')
}

type FlagValues = Set<string> | 'everything'

/** Flags with their lists. Deno accepts each flag once; a flag without a list means everything. */
class FlagLists {
  readonly #lists = new Map<string, FlagValues>()

  add(flag: string, values: readonly string[] | 'everything'): void {
    const known = this.#lists.get(flag)
    if (values === 'everything' || known === 'everything') this.#lists.set(flag, 'everything')
    else if (values.length > 0) this.#lists.set(flag, new Set([...(known ?? []), ...values]))
  }

  get(flag: string): FlagValues | undefined {
    return this.#lists.get(flag)
  }

  delete(flag: string): void {
    this.#lists.delete(flag)
  }

  toArguments(): string[] {
    return [...this.#lists].map(([flag, list]) =>
      list === 'everything' ? `--${flag}` : `--${flag}=${[...list].join(',')}`,
    )
  }
}

/** Merges the project's permissions with what every tool needs. */
function permissionFlags(input: FlagInput): string[] {
  const lists = new FlagLists()
  for (const permission of input.permissions) {
    const match = /^--((?:allow|deny)-([a-z-]+))(?:=(.*))?$/s.exec(permission)
    if (match === null || neverAllowed.has(match[2]!)) continue
    lists.add(match[1]!, match[3] === undefined ? 'everything' : itemsOf(match[1]!, match[3]))
  }
  if (lists.get('deny-read') === 'everything') {
    // A tool must still read its own modules.
    lists.delete('deny-read')
    lists.delete('allow-read')
  }
  closeOwnEndpoints(lists, input)
  lists.add('allow-read', input.importable.map(inList))
  lists.add('allow-env', input.variables)
  return lists.toArguments()
}

function closeOwnEndpoints(lists: FlagLists, { permissions, ownEndpoints }: FlagInput): void {
  if (lists.get('allow-net') !== 'everything') return
  const named = permissions
    .filter((permission) => permission.startsWith('--allow-net='))
    .flatMap((permission) => permission.slice('--allow-net='.length).split(','))
  lists.add('deny-net', endpointsToDeny(ownEndpoints, new Set(named)))
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
