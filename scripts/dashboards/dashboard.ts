import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { datasource, panel, type PanelSpec } from './panel.ts'

/** A dashboard: rows of panels under shared variables. */
export interface DashboardSpec {
  readonly uid: string
  readonly title: string
  readonly about: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[]
}

/** A build that runs now and was not seen in the hour before: a deployment, not a scrape gap. */
const deployments =
  'count by (version, commit_hash) (compozy_build_info{job=~"$job"}) unless count by (version, commit_hash) (last_over_time(compozy_build_info{job=~"$job"}[1h] offset 5m))'

const choice = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' })

const link = (title: string, url: string) =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true)

/** Builds a dashboard as Grafana imports it. */
export function dashboard({ uid, title, about, rows }: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['compozy'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Compozy')
        .type(DashboardLinkType.Dashboards)
        .tags(['compozy'])
        .keepTime(true)
        .includeVars(true),
    )
    .link(link('Temporal UI', '${temporal_ui}'))
    .link(
      link(
        'Runbooks',
        'https://github.com/compozy/compozy/blob/main/docs/operate/runbooks/README.md',
      ),
    )
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    )
    .withVariable(choice('job', 'Job', 'label_values(compozy_build_info, job)'))
    .withVariable(
      choice('instance', 'Instance', 'label_values(compozy_build_info{job=~"$job"}, instance)'),
    )
    .withVariable(
      choice(
        'workflow_type',
        'Workflow',
        'label_values(compozy_temporal_workflow_started_total{job=~"$job"}, workflow_type)',
      ),
    )
    .withVariable(
      new TextBoxVariableBuilder('temporal_ui')
        .label('Temporal UI')
        .defaultValue('http://localhost:8233'),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Deployments')
        .datasource(datasource)
        .enable(true)
        .iconColor('purple')
        .expr(deployments)
        .step('60s')
        .titleFormat('Deployment')
        .textFormat('{{version}} {{commit_hash}}'),
    )
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const spec of row.panels) builder.withPanel(panel(spec))
  }
  const built = builder.build()
  // Links to a panel go by its number; Grafana would give one at import, another each time.
  return {
    ...built,
    panels: (built.panels ?? []).map((each, index) => ({ ...each, id: index + 1 })),
  }
}
