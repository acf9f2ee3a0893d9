import type { Labels } from '../../promql/value.ts'

/** Writes a number with four significant digits, as Go's `%.4g` does. */
function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', 'Inf')
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)))
  if (exponent < -4 || exponent >= 4)
    return value
      .toExponential(3)
      .replace(/\.?0*e/, 'e')
      .replace(/e([+-])(\d)$/, 'e$10$2')
  return String(Number(value.toPrecision(4)))
}

/** `1.234M`: with an SI prefix. */
function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return significant(value)
  const large = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
  const small = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']
  let scaled = value
  let prefix = ''
  for (const name of Math.abs(value) >= 1 ? large : small) {
    const isDone = Math.abs(value) >= 1 ? Math.abs(scaled) < 1_000 : Math.abs(scaled) >= 1
    if (isDone) break
    prefix = name
    scaled = Math.abs(value) >= 1 ? scaled / 1_000 : scaled * 1_000
  }
  return `${significant(scaled)}${prefix}`
}

/** `1h 2m 3s`. */
function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return significant(seconds)
  if (seconds === 0) return '0s'
  if (Math.abs(seconds) < 1) return `${humanize(seconds)}s`
  const sign = seconds < 0 ? '-' : ''
  const whole = Math.floor(Math.abs(seconds))
  const [days, hours, minutes] = [whole / 86_400, (whole / 3_600) % 24, (whole / 60) % 60]
  const [d, h, m] = [days, hours, minutes].map(Math.floor) as [number, number, number]
  if (d !== 0) return `${sign}${d}d ${h}h ${m}m ${whole % 60}s`
  if (h !== 0) return `${sign}${h}h ${m}m ${whole % 60}s`
  if (m !== 0) return `${sign}${m}m ${whole % 60}s`
  return `${sign}${significant(Math.abs(seconds))}s`
}

const formats: Readonly<Record<string, (value: number) => string>> = {
  humanize,
  humanizeDuration,
  humanizePercentage: (value) => `${significant(value * 100)}%`,
}

/** Fills `{{ $labels.x }}` and `{{ $value | humanize }}` of an annotation. */
export function fillIn(text: string, labels: Labels, value: number): string {
  return text
    .replace(/\{\{ *\$labels\.(\w+) *\}\}/g, (_, name: string) => labels[name] ?? '')
    .replace(/\{\{ *\$value(?: *\| *(\w+))? *\}\}/g, (_, format?: string) =>
      format === undefined ? String(value) : formats[format]!(value),
    )
}
