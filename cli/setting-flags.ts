import { listSettings } from '../engine/config/config.ts'
import { formatDuration } from '../engine/core/time/duration.ts'
import { settingDuration, type Setting } from '../engine/core/setting.ts'
import type { Flags } from './flags.ts'

/** Returns the flags of these groups of settings, with their documentation. */
export function settingFlags(slices: readonly string[], { except = '' } = {}): Flags {
  const found = listSettings().filter(
    ({ slice, setting }) =>
      slices.includes(slice) && setting.flag !== undefined && setting.flag !== except,
  )
  return Object.fromEntries(
    found.map(({ setting }) => {
      const fallback = setting.fallback === null ? '' : ` (default: ${fallbackText(setting)})`
      const env = setting.env === undefined ? '' : ` [${setting.env}]`
      return [setting.flag!, { value: 'VALUE', doc: `${setting.doc}${fallback}${env}` }]
    }),
  )
}

/** Formats a default the way a user would type it. */
function fallbackText({ fallback, allowed }: Setting<unknown>): string {
  if (typeof fallback === 'number' && allowed === settingDuration) return formatDuration(fallback)
  return typeof fallback === 'string' ? fallback : JSON.stringify(fallback)
}
