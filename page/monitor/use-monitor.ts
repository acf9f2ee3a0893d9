import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Monitor, MonitorState } from './monitor.ts'

/** The monitor of the page; null where this server does not serve the scrape. */
export const MonitorContext = createContext<Monitor | null>(null)

/** The monitor and what its last scrape left. */
export function useMonitor(): { readonly monitor: Monitor; readonly state: MonitorState } | null {
  const monitor = useContext(MonitorContext)
  const [state, setState] = useState(monitor?.state)
  useEffect(() => monitor?.subscribe(setState), [monitor])
  return monitor === null || state === undefined ? null : { monitor, state }
}
