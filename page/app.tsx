import { useEffect } from 'preact/hooks'
import { hashOf, useLocation, type Location } from './location.ts'
import { HealthStrip } from './monitor/health-strip.tsx'
import { MonitorPage } from './monitor/monitor-page.tsx'
import { RunPage } from './runs/run-page.tsx'
import { RunsPage } from './runs/runs-page.tsx'
import { SchedulesPage } from './schedules/schedules-page.tsx'
import { TokenDialog } from './token-dialog.tsx'
import { Boundary } from './ui/boundary.tsx'
import { WorkflowPage } from './workflows/workflow-page.tsx'
import { WorkflowsPage } from './workflows/workflows-page.tsx'

const places = [
  ['runs', 'Runs'],
  ['workflows', 'Workflows'],
  ['schedules', 'Schedules'],
  ['monitor', 'Monitor'],
] as const

function View({ location }: { readonly location: Location }) {
  const [place = 'runs', id] = location.segments
  switch (place) {
    case 'workflows':
      return id === undefined ? <WorkflowsPage /> : <WorkflowPage key={id} id={id} />
    case 'schedules':
      return <SchedulesPage />
    case 'monitor':
      return <MonitorPage />
    case 'runs':
      return id === undefined ? <RunsPage location={location} /> : <RunPage key={id} id={id} />
    default:
      return (
        <p>
          There is nothing at {place}. <a href="#/runs">See the runs</a>.
        </p>
      )
  }
}

/** The whole page. */
export function App({ version }: { readonly version: string }) {
  const location = useLocation()
  const [place = 'runs', id] = location.segments
  useEffect(() => {
    document.title = [id ?? places.find(([name]) => name === place)?.[1], 'Compozy']
      .filter(Boolean)
      .join(' · ')
  }, [place, id])
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        Skip to content
      </a>
      <header class="top">
        <span class="brand">Compozy</span>
        <nav aria-label="Views">
          {places.map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={name === place ? 'page' : undefined}>
              {title}
            </a>
          ))}
          <a href="/docs">API</a>
        </nav>
        <HealthStrip />
      </header>
      <main id="main" tabIndex={-1}>
        <Boundary place={hashOf(location.segments, location.query)}>
          <View location={location} />
        </Boundary>
      </main>
      <footer>Compozy {version}</footer>
      <TokenDialog />
    </>
  )
}
