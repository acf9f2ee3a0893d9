import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import { findWrongItem } from './permission-values.ts'
import type { Report } from '../schema/report.ts'

/** Deno's permissions that tools may have. */
const kinds = ['read', 'write', 'net', 'env', 'import'] as const
const allowed = kinds.flatMap((kind) => [`--allow-${kind}`, `--deny-${kind}`])

/** Permissions that would undo all others, with the reason that the user reads. */
const refused: Readonly<Record<string, string>> = {
  all: 'it would give tools everything, beginning with this machine; name what they need',
  run: 'a program that a tool starts is outside the sandbox',
  ffi: 'native code is outside the sandbox',
  sys: 'it tells tools about the machine, which none of them needs',
}

/** Deno's short forms, which are allowed nowhere so that a reader sees what is given. */
const short: Readonly<Record<string, string>> = {
  '-A': 'all',
  '-R': 'read',
  '-W': 'write',
  '-N': 'net',
  '-E': 'env',
}

const shape = /^--(allow|deny)-([a-z]+)(=.*)?$/

/** Checks `runtime.permissions`; what is wrong is reported at its place and left out. */
export function checkPermissions(
  flags: readonly string[],
  path: Path,
  report: Report,
): readonly string[] {
  return flags.filter((flag, i) => {
    const at = [...path, i]
    const [, verb, kind = short[flag] ?? '', value] = shape.exec(flag) ?? []
    if (verb !== 'deny' && Object.hasOwn(refused, kind)) {
      report.error(at, `the permission ${flag} is refused: ${refused[kind]}`, {
        hint: `allowed: ${allowed.join(', ')}`,
      })
      return false
    }
    if (
      verb === undefined ||
      !(allowed.includes(`--${verb}-${kind}`) || (verb === 'deny' && Object.hasOwn(refused, kind)))
    ) {
      const name = flag.split('=')[0]!
      const guess =
        short[flag] === undefined ? didYouMean(name, allowed) : `; write --allow-${kind}`
      report.error(at, `unknown permission ${flag}${guess}`, {
        hint: `allowed: ${allowed.join(', ')}`,
      })
      return false
    }
    if (value === '=') {
      report.error(at, `${flag} names nothing after "="`, {
        hint: `write ${flag.slice(0, -1)}=<names>, comma-separated`,
      })
      return false
    }
    const list = value?.slice(1)
    const wrong = list === undefined ? undefined : findWrongItem(kind, list)
    if (list !== undefined && wrong !== undefined) {
      const { item, problem, hint } = wrong
      const offset = flag.length - list.length + wrong.offset
      const inside = { hint, offset, length: Math.max(1, item.length) }
      const what = item === '' ? 'an item' : `"${item}"`
      report.error(at, `--${verb}-${kind}: ${what} ${problem}`, inside)
      return false
    }
    return true
  })
}
