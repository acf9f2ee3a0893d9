import {
  GraphThresholdsStyleConfigBuilder,
  StackingConfigBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import * as common from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardLinkBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The variable that every panel reads, so that a dashboard fits any Grafana. */
export const datasource = { type: 'prometheus', uid: '${datasource}' }

/** Units of Grafana that the dashboards use. */
export type Unit = 'short' | 'reqps' | 'ops' | 's' | 'percentunit' | 'bytes'

/** One query of a panel. */
export interface PanelQuery {
  readonly expr: string
  /**
   * `{{label}}` stands for a value. In a table: heading of the column of values, which is left out
   * without one.
   */
  readonly legend?: string
}

/** A panel as a dashboard's author thinks of it. */
export interface PanelSpec {
  readonly kind: 'timeseries' | 'stat' | 'table' | 'heatmap'
  readonly title: string
  /** What it shows and what to do with it; the ⓘ of the panel. */
  readonly about: string
  readonly queries: readonly PanelQuery[]
  readonly unit?: Unit
  /** Columns of 24. */
  readonly width: number
  /** Values from which it turns orange, and red. For a stat that is bad when low, `low: true`. */
  readonly limits?: { readonly warn?: number; readonly bad: number; readonly low?: true }
  /** Alerts whose runbooks the panel leads to. */
  readonly runbooks?: readonly string[]
  readonly stacked?: true
}

const runbookUrl = (alert: string): string =>
  `https://github.com/compozy/compozy/blob/main/docs/operate/runbooks/${alert}.md`

function thresholds({ limits }: PanelSpec): ThresholdsConfigBuilder {
  if (limits === undefined)
    return new ThresholdsConfigBuilder()
      .mode(ThresholdsMode.Absolute)
      .steps([{ value: null, color: 'blue' }])
  const { warn, bad, low } = limits
  const steps = low
    ? [
        { value: null, color: 'red' },
        { value: bad, color: 'green' },
      ]
    : [
        { value: null, color: 'green' },
        ...(warn === undefined ? [] : [{ value: warn, color: 'orange' }]),
        { value: bad, color: 'red' },
      ]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps)
}

/** A, B, C …: how a panel calls its queries. */
const refId = (index: number): string => String.fromCharCode(65 + index)

function query(
  { expr, legend = '' }: PanelQuery,
  index: number,
  kind: PanelSpec['kind'],
): DataqueryBuilder {
  const builder = new DataqueryBuilder()
    .refId(refId(index))
    .expr(expr)
    .legendFormat(legend)
    .datasource(datasource)
  if (kind === 'table') return builder.instant().format(PromQueryFormat.Table)
  if (kind === 'heatmap') return builder.range().format(PromQueryFormat.Heatmap)
  return kind === 'stat' ? builder.instant() : builder.range()
}

function timeseries(spec: PanelSpec): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .lineWidth(1)
    .fillOpacity(spec.stacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .min(0)
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(common.StackingMode.Normal))
  if (spec.limits)
    panel.thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line),
    )
  return panel
}

/** One row for each set of labels; the values of a query under its legend, or not at all. */
function table({ queries }: PanelSpec): TableBuilder {
  const columns = queries.map(({ legend }, index) => ({
    column: queries.length === 1 ? 'Value' : `Value #${refId(index)}`,
    legend,
  }))
  const named = columns.filter(({ legend }) => legend !== undefined)
  const unnamed = columns.filter(({ legend }) => legend === undefined)
  return new TableBuilder().withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: {
        Time: true,
        ...Object.fromEntries(unnamed.map(({ column }) => [column, true])),
      },
      renameByName: Object.fromEntries(named.map(({ column, legend }) => [column, legend])),
    },
  })
}

const bare = {
  timeseries,
  table,
  stat: () => new StatBuilder().colorMode(common.BigValueColorMode.Value),
  heatmap: () => new HeatmapBuilder(),
} as const

/** Builds a panel. */
export function panel(spec: PanelSpec): Builder<Panel> {
  const height = spec.kind === 'stat' ? 4 : 8
  const links = (spec.runbooks ?? []).map((alert) =>
    new DashboardLinkBuilder(`Runbook: ${alert}`).url(runbookUrl(alert)).targetBlank(true),
  )
  return bare[spec.kind](spec)
    .title(spec.title)
    .description(spec.about)
    .datasource(datasource)
    .unit(spec.unit ?? 'short')
    .span(spec.width)
    .height(height)
    .thresholds(thresholds(spec))
    .links(links)
    .targets(spec.queries.map((each, index) => query(each, index, spec.kind)))
}
