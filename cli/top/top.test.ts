import { describe, expect, it } from 'vitest'
import { parsePromql } from '../../page/build/parse-promql.ts'
import { evaluateVector } from '../../promql/evaluate.ts'
import { parseExposition } from '../../promql/parse-exposition.ts'
import { SampleStore } from '../../promql/sample-store.ts'
import { createTerminal } from '../terminal.ts'
import { serveAnswers } from '../testing/api-server.ts'
import { eventsOf, run } from '../testing/run.ts'
import { computeFigures } from './figures.ts'

const scrape = (requests: number, errors: number): string => `
compozy_http_requests_total{path="/api/v0/a",status_code="200"} ${requests}
compozy_http_requests_total{path="/api/v0/a",status_code="503"} ${errors}
compozy_http_requests_total{path="/metrics",status_code="200"} 900
compozy_http_request_duration_seconds_bucket{path="/api/v0/a",le="0.1"} ${requests}
compozy_http_request_duration_seconds_bucket{path="/api/v0/a",le="+Inf"} ${requests}
compozy_http_requests_in_flight 2
compozy_temporal_workers_running_total 1
compozy_temporal_workers_configured_total 2
compozy_temporal_workflow_started_total{workflow_type="order"} 7
compozy_temporal_workflow_completed_total{workflow_type="order"} 4
compozy_temporal_workflow_failed_total{workflow_type="order"} 2
compozy_temporal_workflow_executions{workflow_type="order",status="running"} 1
compozy_temporal_workflow_executions{workflow_type="order",status="failed"} 2
compozy_temporal_workflow_stuck{workflow_type="order"} 1
compozy_temporal_task_queue_backlog{task_queue_type="activity"} 5
`

function storeOf(...texts: readonly string[]): { store: SampleStore; at: number } {
  const store = new SampleStore(120_000)
  let at = 1_000_000
  for (const text of texts) store.add(parseExposition(text, {}), (at += 10_000))
  return { store, at }
}

describe('the figures of top', () => {
  it('Should tell rates as PromQL does, over a restart of the engine too', () => {
    const { store, at } = storeOf(scrape(100, 1), scrape(200, 1), scrape(50, 5))
    const ask = (text: string) => evaluateVector(parsePromql(text), store, at)[0]!.value
    const users = 'path!~"/metrics|/healthz|/readyz|/page/.*"'
    const requests = `compozy_http_requests_total{${users}`
    const { http } = computeFigures(store, at)
    expect(http.per_second).toBe(ask(`sum(rate(${requests}}[1m]))`))
    expect(http.error_share).toBeCloseTo(
      ask(`sum(rate(${requests},status_code=~"5.."}[1m])) / sum(rate(${requests}}[1m]))`),
      12,
    )
    expect(http.per_second).toBeGreaterThan(0)
  })

  it('Should tell the shares since the start, and no rate, after one scrape', () => {
    const { store, at } = storeOf(scrape(90, 10))
    expect(computeFigures(store, at)).toEqual({
      workers: { running: 1, configured: 2 },
      http: { per_second: null, error_share: 0.1, p95_seconds: 0.095, in_flight: 2 },
      workflows: [{ workflow: 'order', started: 7, completed: 4, failed: 2, open: 1, stuck: 1 }],
      backlog: { activity: 5 },
    })
  })

  it('Should leave open what the scrape does not have', () => {
    const { store, at } = storeOf('compozy_build_info 1\n')
    const none = { per_second: null, error_share: null, p95_seconds: null, in_flight: null }
    expect(computeFigures(store, at)).toEqual({
      workers: { running: null, configured: null },
      http: none,
      workflows: [],
      backlog: {},
    })
  })
})

describe('compozy top', () => {
  it('Should print one snapshot when piped, and as an object', async () => {
    const asked: unknown[] = []
    const url = await serveAnswers(({ url: path, headers }) => {
      asked.push([path, headers['user-agent']])
      return { status: 200, body: scrape(90, 10) }
    })
    const { code, stdout } = await run(['top', '--server', url])
    expect([code, asked]).toEqual([0, [['/metrics', 'compozy-top']]])
    expect(stdout).toContain('workers   1 of 2\n')
    expect(stdout).toContain('errors    10.0 %\n')
    expect(stdout).toMatch(/^order +7 +4 +2 +1 +1$/m)
    const json = await run(['top', `${url}/own`, '--json'])
    expect(eventsOf(json.stdout)).toMatchObject([{ event: 'figures', url: `${url}/own` }])
  })

  it.each([
    [401, '', 'answered 401; name a file with a token: --token-file FILE, or COMPOZY_TOKEN_FILE'],
    [404, '', 'answered 404; is monitoring on (monitoring.enabled), and is this its path'],
    [200, 'hello', 'answers, but without metrics of Compozy'],
  ])('Should say so when the endpoint answers %i %s', async (status, body, message) => {
    const url = await serveAnswers(() => ({ status, body }))
    const { code, stderr } = await run(['top', url])
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })

  it('Should find the metrics where the server says that a listener of their own has them', async () => {
    const metrics = await serveAnswers(() => ({ status: 200, body: scrape(90, 10) }))
    const link = { link: `<${metrics}/own>; rel="alternate"` }
    const url = await serveAnswers(() => ({ status: 404, body: '{}', headers: link }))
    const { code, stdout } = await run(['top', '--server', url, '--json'])
    expect([code, eventsOf(stdout)]).toMatchObject([
      0,
      [{ event: 'figures', url: `${metrics}/own` }],
    ])
  })

  it('Should follow one such answer, and no second one', async () => {
    const asked: string[] = []
    const url: string = await serveAnswers(({ url: path = '' }) => {
      asked.push(path)
      const link = { link: `<${url}/more${asked.length}>; rel="alternate"` }
      return { status: 404, body: '{}', headers: link }
    })
    const { code, stderr } = await run(['top', url])
    expect([code, asked]).toEqual([1, ['/metrics', '/more1']])
    expect(stderr).toContain(`${url}/more1 answered 404`)
  })

  it('Should leave out runs of unknown workflows while there are none', async () => {
    const other = (started: number) =>
      `compozy_temporal_workflow_started_total{workflow_type="other"} ${started}\n`
    const top = async (started: number) => {
      const url = await serveAnswers(() => ({ status: 200, body: scrape(1, 0) + other(started) }))
      return (await run(['top', `${url}/metrics`])).stdout
    }
    expect(await top(0)).not.toContain('other')
    expect(await top(3)).toMatch(/^other +3 /m)
  })

  it('Should name the endpoint that does not answer, and refuse what is no URL', async () => {
    expect(await run(['top', 'http://127.0.0.1:1'])).toMatchObject({
      code: 1,
      stderr:
        'error: nothing answers at http://127.0.0.1:1/metrics; start an engine with compozy dev, or name another: compozy top URL\n',
    })
    expect(await run(['top', 'here'])).toMatchObject({ code: 2 })
  })
})

describe('the full screen', () => {
  it('Should overwrite rows in place, within the screen, and give the terminal back', () => {
    let written = ''
    const write = (text: string | Uint8Array) => {
      written += String(text)
      return true
    }
    const stdout = { isTTY: true, columns: 6, rows: 2, write }
    const terminal = createTerminal({ stdout, stderr: { isTTY: false, write } }, false)
    terminal.fullScreen!.enter()
    terminal.fullScreen!.draw(['long line', 'b', 'c'])
    terminal.fullScreen!.leave()
    expect(written).toBe(
      '\u001B[?1049h\u001B[?25l\u001B[Hlong …\u001B[K\r\nb\u001B[K\u001B[0J\u001B[?25h\u001B[?1049l',
    )
    expect(createTerminal({ stdout, stderr: stdout }, true).fullScreen).toBeUndefined()
  })
})
