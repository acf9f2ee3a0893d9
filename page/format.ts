/** Writes a duration in the largest two units: `1.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  const seconds = Math.floor(ms / 1_000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return `${minutes} min ${seconds % 60} s`
}

/** Writes how long ago something was, or in how long it will be, in whole seconds. */
export function formatAge(time: string, now: number): string {
  const ms = now - Date.parse(time)
  if (Math.abs(ms) < 1_000) return 'now'
  const text = formatDuration(Math.round(Math.abs(ms) / 1_000) * 1_000)
  return ms > 0 ? `${text} ago` : `in ${text}`
}

/** Returns a time that was typed as the API takes it; undefined for a text that is none. */
export function isoOf(text: string | null): string | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

/** Writes a time in ms to the minute, in the zone of the reader, as fields for times have it. */
export function toLocalMinute(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000
  return new Date(ms - offsetMs).toISOString().slice(0, 16)
}

/** Writes a time for people, in their own zone. */
export function formatTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** Writes a size: `1.2 kB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB']
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** power).toFixed(1)} ${units[power - 1]!}`
}

/** Writes a number with at most three significant digits; a dash for an unknown one. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

/** Writes seconds as ms or s. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined || Number.isNaN(seconds)) return '–'
  if (seconds > 0 && seconds < 0.001) return `${formatNumber(seconds * 1_000)} ms`
  return formatDuration(seconds * 1_000)
}
