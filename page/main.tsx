import { render } from 'preact'
import { App } from './app.tsx'
import { Monitor } from './monitor/monitor.ts'
import { MetricsContext, type MetricsSource } from './monitor/use-monitor.ts'

/** What the server writes into the page's head. */
interface PageFacts {
  readonly version: string
  readonly metrics: { readonly path: string | null; readonly served: boolean }
}

const { content } = document.querySelector<HTMLMetaElement>('meta[name="compozy"]')!
const { version, metrics } = JSON.parse(content) as PageFacts

function sourceOf({ path, served }: PageFacts['metrics']): MetricsSource {
  if (path === null) return { type: 'off' }
  return served ? { type: 'here', monitor: new Monitor(path) } : { type: 'elsewhere', path }
}

render(
  <MetricsContext.Provider value={sourceOf(metrics)}>
    <App version={version} />
  </MetricsContext.Provider>,
  document.getElementById('app')!,
)
