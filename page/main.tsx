import { render } from 'preact'
import { App } from './app.tsx'
import { Monitor } from './monitor/monitor.ts'
import { MonitorContext } from './monitor/use-monitor.ts'

/** What the server writes into the page's head. */
interface PageFacts {
  readonly version: string
  readonly metrics: string | null
}

const { content } = document.querySelector<HTMLMetaElement>('meta[name="compozy"]')!
const { version, metrics } = JSON.parse(content) as PageFacts
const monitor = metrics === null ? null : new Monitor(metrics)

render(
  <MonitorContext.Provider value={monitor}>
    <App version={version} />
  </MonitorContext.Provider>,
  document.getElementById('app')!,
)
