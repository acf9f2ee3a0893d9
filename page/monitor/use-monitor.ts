import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Monitor, MonitorState } from './monitor.ts'

/** What reads the scrape, or why the page can't: monitoring is off, or a token protects it. */
export type MetricsSource = { readonly monitor: Monitor } | { readonly missing: 'off' | 'guarded' }

/** The source of the page's metrics. */
export const MetricsContext = createContext<MetricsSource>({ missing: 'off' })

/** The monitor and what its last scrape left; null where the page can't read the scrape. */
export function useMonitor(): { readonly monitor: Monitor; readonly state: MonitorState } | null {
  const source = useContext(MetricsContext)
  const monitor = 'monitor' in source ? source.monitor : undefined
  const [state, setState] = useState(monitor?.state)
  useEffect(() => monitor?.subscribe(setState), [monitor])
  return monitor === undefined || state === undefined ? null : { monitor, state }
}
