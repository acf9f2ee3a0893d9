import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { ended, startCli } from '../processes.ts'
import { root } from '../root.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, exactly, quantile } from '../statistics.ts'
import { watchRun, type Seen } from '../watchers.ts'

const arms = ['unwatched', 'control', 'watched'] as const

/** A GET a second and a stream of events each. */
const pairsOfWatchers = 10

/** The largest resident memory that a process ever had, MB. Linux only. */
function peakRss(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024
}

/** A whole engine with its Temporal server, and a collection through a tool. */
async function startCrowd(items: number) {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  cpSync(join(root, 'bench/fixtures/crowd'), folder, { recursive: true })
  const args = ['dev', '--cwd', folder, '--port', '0', '--temporal-port', '0']
  const { child, ready } = await startCli(args, { COMPOZY_RATE_LIMIT: '0' })
  const connection = await Connection.connect({ address: ready.temporal })
  const client = new Client({ connection })
  const seen: Seen = { latencies: [], largest: 0, streamed: 0 }
  let longest = 0

  /** Seconds of one run. Throws when its output is not exact. */
  async function run(pairs: number): Promise<number> {
    const startedAt = performance.now()
    const response = await fetch(`${ready.api}/api/v0/workflows/crowd/executions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { items } }),
    })
    const { exec_id: id } = (await response.json()) as { exec_id: string }
    const done = new AbortController()
    const url = `${ready.api}/api/v0/executions/workflows/${id}`
    const watching = watchRun(url, pairs, done.signal, seen)
    await client.workflow.getHandle(id).result()
    const seconds = (performance.now() - startedAt) / 1_000
    done.abort()
    await watching
    const answer = await fetch(url)
    const { output } = (await answer.json()) as { output: unknown }
    const exact = JSON.stringify({ count: items, last: { n: items - 1 } })
    if (JSON.stringify(output) !== exact) throw new Error(`the run gave ${JSON.stringify(output)}`)
    for await (const each of client.workflow.list({ query: `WorkflowId='${id}'` }))
      longest = Math.max(longest, each.historyLength)
    return seconds
  }

  return {
    run,
    seen,
    longestHistory: () => longest,
    peakRss: () => peakRss(child.pid),
    async stop() {
      await connection.close()
      child.kill()
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A large run that nobody watches, beside one with twenty watchers. */
export const watching: Scenario = {
  name: 'watching',
  doc: 'a run of 10,000 tool calls with twenty watchers, compared with one that nobody watches',
  async run({ quick, random, progress }) {
    const items = quick ? 1_000 : 10_000
    const crowd = await startCrowd(items)
    try {
      await crowd.run(0)
      const p99: number[] = []
      const raw = await alternate({
        arms,
        rounds: quick ? 3 : 6,
        async measure(arm) {
          const before = crowd.seen.latencies.length
          const seconds = await crowd.run(arm === 'watched' ? pairsOfWatchers : 0)
          if (arm === 'watched') p99.push(quantile(crowd.seen.latencies.slice(before), 0.99))
          return seconds
        },
        random,
        progress,
      })
      return {
        figures: {
          unwatched_seconds: estimate(raw.unwatched, 's', random),
          watched_seconds: estimate(raw.watched, 's', random),
          watched_vs_unwatched: estimate(
            ratios(raw, 'watched', 'unwatched', 'control'),
            'ratio',
            random,
          ),
          get_p99_ms: estimate(p99, 'ms', random),
          largest_answer_bytes: exactly(crowd.seen.largest, 'bytes'),
          streamed_bytes_per_run: exactly(crowd.seen.streamed / raw.watched.length, 'bytes'),
          longest_history_events: exactly(crowd.longestHistory(), 'events'),
          engine_peak_rss_mb: exactly(crowd.peakRss(), 'MB'),
        },
        control: estimate(ratios(raw, 'control', 'unwatched'), 'ratio', random),
        raw: { ...raw, get_p99_ms: p99 },
      }
    } finally {
      await crowd.stop()
    }
  },
}
