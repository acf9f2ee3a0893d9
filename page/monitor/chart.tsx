import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { formatNumber, formatSeconds } from '../format.ts'
import type { Line } from './monitor.ts'
import type { Unit } from './panels.ts'

/** One for each line of a chart, told apart on a light and on a dark ground. */
const colors = [
  '#2f6fed',
  '#c2410c',
  '#15803d',
  '#9333ea',
  '#b91c1c',
  '#0f9b8e',
  '#a16207',
  '#db2777',
  '#65a30d',
  '#0891b2',
  '#8d6e63',
  '#78819a',
] as const

/** Lines of one chart; a project with more series is read in Grafana. */
const maximumLines = colors.length

const writers: Readonly<Record<Unit, (value: number) => string>> = {
  seconds: formatSeconds,
  per_second: (value) => `${formatNumber(value)}/s`,
  count: formatNumber,
  share: (value) => `${formatNumber(value * 100)} %`,
}

/** Writes a value of a panel. */
export function writeValue(unit: Unit, value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : writers[unit](value)
}

const height = 160

/** Writes the time of a mark on the axis, in the reader's zone. */
function writeTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString('en-GB')
}

function optionsOf(unit: Unit, lines: readonly Line[], host: HTMLElement): uPlot.Options {
  const { color } = getComputedStyle(host)
  const grid = { stroke: color.replace('rgb(', 'rgba(').replace(')', ', 0.2)'), width: 1 }
  const axis = { stroke: color, grid, ticks: { show: false } }
  return {
    width: host.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, top) => [0, top > 0 ? top * 1.1 : 1] } },
    axes: [
      { ...axis, space: 90, values: (_, splits) => splits.map(writeTime) },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => writers[unit](value)) },
    ],
    series: [
      {},
      ...lines.map(({ legend, values }, i) => ({
        label: legend,
        stroke: colors[i]!,
        width: 1.5,
        // A single value makes no line.
        points: { show: values.filter((value) => value !== null).length === 1 },
      })),
    ],
  }
}

/** Status codes and names in their order, whichever came first. */
const byLegend = (a: Line, b: Line): number =>
  a.legend.localeCompare(b.legend, 'en', { numeric: true })

/** Draws lines over time, with the last value of each in a list below. */
export function Chart(props: {
  readonly title: string
  readonly unit: Unit
  readonly times: readonly number[]
  readonly lines: readonly Line[]
}) {
  const { title, unit, times } = props
  const lines = props.lines.toSorted(byLegend).slice(0, maximumLines)
  const leftOut = props.lines.length - lines.length
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const host = element.current
    if (host === null || lines.length === 0) return undefined
    const data = [times.map((time) => time / 1_000), ...lines.map(({ values }) => [...values])]
    const plot = new uPlot(optionsOf(unit, lines, host), data as uPlot.AlignedData, host)
    const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }))
    resize.observe(host)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [times.at(-1), lines.length])
  return (
    <section class="chart">
      <h3>{title}</h3>
      <div ref={element} class="quiet" aria-hidden="true" />
      {lines.length === 0 && <p class="empty">nothing yet</p>}
      <ul>
        {lines.map(({ legend, values }, i) => (
          <li key={legend}>
            <span class="swatch" style={{ background: colors[i] }} />
            {legend} <b>{writeValue(unit, values.at(-1))}</b>
          </li>
        ))}
        {leftOut > 0 && <li>and {leftOut} more, in Prometheus</li>}
      </ul>
    </section>
  )
}
