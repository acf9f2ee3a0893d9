import type { Figure } from './statistics.ts'

/** One row of a chart: a figure with its interval. */
export interface Row {
  readonly label: string
  readonly figure: Figure
  /** Ours, which stands out. */
  readonly ours?: boolean
}

const width = 720
const left = 210
const right = 110
const rowHeight = 30
const top = 44

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Formats a value with three digits, at most two of them decimals. */
function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return value.toFixed(0)
  return value.toFixed(size >= 10 ? 1 : 2)
}

/** An SVG of this height with its title, legible on light and dark pages. */
function frame(title: string, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-weight="600" fill="#111827">${escape(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n')
}

/**
 * Rows as points with their intervals over one axis; `limit` draws a line that should not be
 * passed.
 */
export function intervalPlot(
  title: string,
  rows: readonly Row[],
  { log = false, limit }: { log?: boolean; limit?: number } = {},
): string {
  const edges = rows.flatMap(({ figure }) => [figure.low, figure.high, figure.value])
  const least = log ? Math.min(...edges) / 1.5 : Math.min(0, ...edges)
  const most = (log ? 1.5 : 1.08) * Math.max(...edges, limit ?? 0)
  const scale = (value: number): number => (log ? Math.log(value) : value)
  const x = (value: number): number =>
    left + ((scale(value) - scale(least)) / (scale(most) - scale(least))) * (width - left - right)
  const height = top + rows.length * rowHeight + 16
  const body = rows.flatMap(({ label, figure, ours }, i) => {
    const y = top + i * rowHeight + rowHeight / 2
    const color = ours ? '#047857' : '#6b7280'
    return [
      `<text x="${left - 10}" y="${y + 4}" text-anchor="end" fill="#111827"${ours ? ' font-weight="600"' : ''}>${escape(label)}</text>`,
      `<line x1="${x(figure.low).toFixed(1)}" x2="${x(figure.high).toFixed(1)}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="5" stroke-opacity="0.35"/>`,
      `<circle cx="${x(figure.value).toFixed(1)}" cy="${y}" r="5" fill="${color}"/>`,
      `<text x="${width - right + 12}" y="${y + 4}" fill="#111827">${short(figure.value)} ${escape(figure.unit)}</text>`,
    ]
  })
  const lines = [
    ...(log || least > 0 ? [] : [{ at: 0, color: '#d1d5db', dash: '' }]),
    ...(limit === undefined
      ? []
      : [{ at: limit, color: '#b91c1c', dash: ' stroke-dasharray="4 4"' }]),
  ].map(
    ({ at, color, dash }) =>
      `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${top - 8}" y2="${height - 12}" stroke="${color}"${dash}/>`,
  )
  return frame(title, height, [...lines, ...body])
}

/** One line of a growth plot. */
export interface Growth {
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly ours?: boolean
}

/**
 * Growth over two logarithmic axes: a straight line that rises by one decade a decade is linear.
 */
export function growthPlot(
  title: string,
  unit: string,
  lines: readonly Growth[],
  xUnit = 'lines',
): string {
  const height = 360
  const bottom = 44
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x))
  const ys = lines.flatMap(({ points }) => points.map(({ y }) => y))
  const decade = (value: number, up: boolean): number =>
    10 ** (up ? Math.ceil(Math.log10(value)) : Math.floor(Math.log10(value)))
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)]
  const [y0, y1] = [decade(Math.min(...ys), false), decade(Math.max(...ys), true)]
  const px = (value: number): number =>
    70 + (Math.log(value / x0) / Math.log(x1 / x0)) * (width - 70 - 150)
  const py = (value: number): number =>
    height - bottom - (Math.log(value / y0) / Math.log(y1 / y0)) * (height - bottom - top)
  const grid: string[] = []
  for (let y = y0; y <= y1 * 1.01; y *= 10) {
    grid.push(
      `<line x1="70" x2="${width - 150}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" stroke="#e5e7eb"/>`,
      `<text x="62" y="${(py(y) + 4).toFixed(1)}" text-anchor="end" fill="#374151">${y >= 1 ? y : y.toPrecision(1)} ${unit}</text>`,
    )
  }
  const ticks = [...new Set(xs)].map(
    (x) =>
      `<text x="${px(x).toFixed(1)}" y="${height - 20}" text-anchor="middle" fill="#374151">${x.toLocaleString('en')} ${xUnit}</text>`,
  )
  // Labels that would cover each other move apart.
  const labelAt = new Map<string, number>()
  let above = -Infinity
  for (const { label, points } of lines.toSorted(
    (a, b) => py(a.points.at(-1)!.y) - py(b.points.at(-1)!.y),
  )) {
    above = Math.max(py(points.at(-1)!.y) + 4, above + 15)
    labelAt.set(label, above)
  }
  const drawn = lines.flatMap(({ label, points, ours }) => {
    const color = ours ? '#047857' : '#6b7280'
    const path = points.map(({ x, y }) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ')
    const last = points.at(-1)!
    return [
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="${ours ? 3 : 2}"/>`,
      ...points.map(
        ({ x, y }) =>
          `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="4" fill="${color}"/>`,
      ),
      `<text x="${(px(last.x) + 10).toFixed(1)}" y="${labelAt.get(label)!.toFixed(1)}" fill="${color}"${ours ? ' font-weight="600"' : ''}>${escape(label)}</text>`,
    ]
  })
  return frame(title, height, [...grid, ...ticks, ...drawn])
}
