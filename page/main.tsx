import * as compiled from 'compozy:compiled'
import { render } from 'preact'
import { App } from './app.tsx'
import { Monitor } from './monitor/monitor.ts'
import { MetricsContext, type MetricsSource } from './monitor/use-monitor.ts'

/** What the server writes into the page's head. */
interface PageFacts {
  readonly version: string
  readonly metrics: { readonly path: string } | { readonly missing: 'off' | 'guarded' }
}

const { content } = document.querySelector<HTMLMetaElement>('meta[name="compozy"]')!
const { version, metrics } = JSON.parse(content) as PageFacts

function sourceOf(facts: PageFacts['metrics']): MetricsSource {
  return 'path' in facts ? { monitor: new Monitor(facts.path, compiled) } : facts
}

render(
  <MetricsContext.Provider value={sourceOf(metrics)}>
    <App version={version} />
  </MetricsContext.Provider>,
  document.getElementById('app')!,
)
