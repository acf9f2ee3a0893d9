import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A query of a dashboard, with variables as Grafana writes them. */
export interface DashboardQuery {
  readonly dashboard: string
  readonly panel: string
  readonly expr: string
  readonly legend: string
}

interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly links?: readonly { readonly url: string }[]
  readonly targets?: readonly {
    readonly refId: string
    readonly expr: string
    readonly legendFormat?: string
  }[]
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly gridPos: { readonly x: number; readonly w: number }
}

/** A dashboard's JSON, as far as it is looked at. */
export interface DashboardJson {
  readonly title: string
  readonly uid: string
  readonly panels: readonly PanelJson[]
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr: string }[]
  }
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly query: string
    }[]
  }
}

const folder = resolve(import.meta.dirname, '../../deploy/grafana/dashboards')

/** The committed dashboards. */
export const dashboards: readonly DashboardJson[] = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as DashboardJson,
)

/** Every query that the dashboards ask: of panels and of annotations. */
export const dashboardQueries: readonly DashboardQuery[] = dashboards.flatMap(
  ({ title, panels, annotations }) => [
    ...panels.flatMap(({ title: panel, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        dashboard: title,
        panel,
        expr,
        legend: legendFormat ?? '',
      })),
    ),
    ...annotations.list.map(({ name, expr }) => ({
      dashboard: title,
      panel: name,
      expr,
      legend: '',
    })),
  ],
)

/** An expression as Grafana sends it, with everything selected. */
export function expand(expr: string, { interval = '5m', range = '1h' } = {}): string {
  return expr
    .replaceAll('$__rate_interval', interval)
    .replaceAll('$__range', range)
    .replaceAll(/\$(job|instance|workflow_type)\b/g, '.*')
}
