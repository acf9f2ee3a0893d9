import { useContext } from 'preact/hooks'
import { formatDuration } from '../format.ts'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import type { ActiveAlert } from './alerts.ts'
import { Chart } from './chart.tsx'
import { scrapeEveryMs } from './monitor.ts'
import { panels } from './panels.ts'
import { MetricsContext, useMonitor } from './use-monitor.ts'

function Alert({ alert, now }: { readonly alert: ActiveAlert; readonly now: number }) {
  const { rule, state, since, summary, description, labels } = alert
  const runbook = rule.annotations['runbook_url']
  return (
    <li class={`notice ${state === 'firing' ? 'bad' : ''}`}>
      <b>{rule.alert}</b> {state} for {formatDuration(now - since)} · {labels['severity']}
      <p>{summary}</p>
      <p>
        <small>{description}</small> {runbook !== undefined && <a href={runbook}>Runbook</a>}
      </p>
    </li>
  )
}

function Alerts({
  alerts,
  times,
}: {
  readonly alerts: readonly ActiveAlert[]
  readonly times: readonly number[]
}) {
  const now = times.at(-1) ?? 0
  const seenMs = now - (times[0] ?? now)
  return (
    <section>
      <h2>Alerts</h2>
      {alerts.length === 0 && <Empty>None of the shipped alerts is pending or fires.</Empty>}
      <ul class="alerts">
        {alerts.map((alert) => (
          <Alert key={alert.rule.alert + JSON.stringify(alert.labels)} alert={alert} now={now} />
        ))}
      </ul>
      <small>
        Evaluated from this page's own {formatDuration(seenMs)} of scrapes of this one process.
        Alerts that look back further, or compare processes, need Prometheus.
      </small>
    </section>
  )
}

/** Why there are no numbers, and what to do. */
function MonitorMissing() {
  const source = useContext(MetricsContext)
  return (
    <>
      <h1>Monitor</h1>
      {'missing' in source && source.missing === 'guarded' ? (
        <Empty>
          <code>monitoring.token_file</code> protects the metrics. Set{' '}
          <code>server.api_token_file</code> too: the page then reads them with the token of the
          API.
        </Empty>
      ) : (
        <Empty>
          Monitoring is off. Set <code>monitoring.enabled: true</code> in compozy.yaml, or{' '}
          <code>MONITORING_ENABLED=true</code>.
        </Empty>
      )}
    </>
  )
}

/** Requests, latency, runs, stuck runs, backlog, tools: from the public scrape alone. */
export function MonitorPage() {
  const watched = useMonitor()
  if (watched === null) return <MonitorMissing />
  const { monitor, state } = watched
  const { times, alerts, error } = state
  return (
    <>
      <h1>Monitor</h1>
      <ErrorNotice error={error} />
      <Alerts alerts={alerts} times={times} />
      <h2>
        Last 15 minutes <small>a scrape every {scrapeEveryMs / 1_000} s</small>
      </h2>
      <div class="charts">
        {panels.map(({ title, unit, queries }) => (
          <Chart
            key={title}
            title={title}
            unit={unit}
            times={times}
            lines={queries.flatMap((query) => monitor.linesOf(query))}
          />
        ))}
      </div>
    </>
  )
}
