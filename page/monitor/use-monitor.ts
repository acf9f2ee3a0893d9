import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Monitor, MonitorState } from './monitor.ts'

/** Where the page finds the scrape. */
export type MetricsSource =
  | { readonly type: 'here'; readonly monitor: Monitor }
  /** A listener of its own serves it; this path of the page's server tells the address. */
  | { readonly type: 'elsewhere'; readonly path: string }
  | { readonly type: 'off' }

/** The source of the page's metrics. */
export const MetricsContext = createContext<MetricsSource>({ type: 'off' })

/** The monitor and what its last scrape left; null where this server does not serve the scrape. */
export function useMonitor(): { readonly monitor: Monitor; readonly state: MonitorState } | null {
  const source = useContext(MetricsContext)
  const monitor = source.type === 'here' ? source.monitor : undefined
  const [state, setState] = useState(monitor?.state)
  useEffect(() => monitor?.subscribe(setState), [monitor])
  return monitor === undefined || state === undefined ? null : { monitor, state }
}
