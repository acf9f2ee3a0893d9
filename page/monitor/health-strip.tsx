import { formatDuration } from '../format.ts'
import { evaluateVector } from '../../promql/evaluate.ts'
import type { SampleStore } from '../../promql/sample-store.ts'
import { useMonitor } from './use-monitor.ts'

function valueOf(store: SampleStore, name: string, at: number): number | undefined {
  const matchers = [{ label: '__name__', op: '=' as const, value: name }]
  const found = evaluateVector({ kind: 'selector', matchers, offset: 0 }, store, at)
  return found[0]?.value
}

function Fact(props: { readonly name: string; readonly value: string; readonly isBad?: boolean }) {
  return (
    <span class={props.isBad === true ? 'bad' : ''}>
      <small>{props.name}</small> <b>{props.value}</b>
    </span>
  )
}

/** Whether all is well, in one line: from the last scrape. */
export function HealthStrip() {
  const watched = useMonitor()
  if (watched === null) return null
  const { store, times, alerts, error } = watched.state
  const at = times.at(-1)
  if (at === undefined) return null
  if (error !== undefined)
    return (
      <div class="strip-line bad" role="status">
        {error}
      </div>
    )
  const read = (name: string) => valueOf(store, name, at)
  const running = read('compozy_temporal_workers_running_total')
  const configured = read('compozy_temporal_workers_configured_total')
  const uptime = read('compozy_uptime_seconds_total')
  const isReachable = read('compozy_temporal_reachable') !== 0
  const firing = alerts.filter(({ state }) => state === 'firing').length
  return (
    <div class="strip-line" role="status">
      <Fact name="Temporal" value={isReachable ? 'answers' : 'away'} isBad={!isReachable} />
      <Fact
        name="workers"
        value={`${running ?? 0} of ${configured ?? 0}`}
        isBad={(running ?? 0) < (configured ?? 0)}
      />
      <Fact name="up" value={uptime === undefined ? '–' : formatDuration(uptime * 1_000)} />
      <a href="#/monitor">
        <Fact name="alerts" value={firing === 0 ? 'none' : `${firing} firing`} isBad={firing > 0} />
      </a>
    </div>
  )
}
