/**
 * `npx tsx scripts/record-histories.ts [NAME…]`: records the histories that are missing in
 * test/histories, or those that are named. A recorded history stands for the open runs of users: a
 * change that no longer replays it would break them, and needs `patched`, not a new recording.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Client } from '@temporalio/client'
import { loadConfig } from '../engine/config/config.ts'
import { silentLogger } from '../engine/core/logger.ts'
import { createEngine } from '../engine/engine.ts'
import { findTemporalBinary, openClient, startDevServer } from '../engine/infra/temporal/index.ts'
import { loadProject } from '../engine/project/load.ts'
import { historiesProject, scenarios, type Scenario } from '../test/histories/scenarios.ts'
import { historyText, type History } from '../test/histories/history.ts'
import { call, closed, execution, startRun } from '../test/support/api.ts'
import { eventually } from '../test/support/compozy.ts'

const folder = resolve(import.meta.dirname, '../test/histories')

/** Characters of a history that is kept as text; a larger one is compressed. */
const largest = 60_000

/** A run continues as new past this many events, so that a chain stays small enough to keep. */
const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': 150 }

/** The histories of a chain of runs, from the last one back to the first. */
async function chainOf(client: Client, execId: string): Promise<History[]> {
  const chain: History[] = []
  let runId: string | undefined
  do {
    const history = await client.workflow.getHandle(execId, runId).fetchHistory()
    chain.unshift(history)
    runId =
      history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? ''
  } while (runId !== '')
  return chain
}

/** Without the name of the machine that it was recorded on. */
function textOf(history: History): string {
  return historyText(history).replaceAll(new RegExp(`\\d+@${hostname()}`, 'g'), 'worker')
}

/** Returns the first run of a workflow with this status that another run started. */
async function findChild(api: string, { name, status }: Scenario): Promise<string> {
  const path = `/api/v0/executions/workflows?workflow_id=${name}&status=${status}&limit=1`
  const [run] = await eventually(
    async () => (await call(api, 'GET', path)).body['items'] as { exec_id: string }[],
    ({ length }) => length > 0,
  )
  return run!.exec_id
}

async function record(scenario: Scenario, api: string, client: Client): Promise<void> {
  const { name, status, startedBy, input, drive } = scenario
  const started = await startRun(api, startedBy ?? name, (await input?.(api)) ?? {})
  await drive?.(api, started)
  await closed(api, started, 120_000)
  const execId = startedBy === undefined ? started : await findChild(api, scenario)
  const run = await execution(api, execId)
  if (run.status !== status)
    throw new Error(`${name} is ${run.status}: ${JSON.stringify(run.error)}`)
  const chain = await chainOf(client, execId)
  for (const [i, history] of chain.entries()) {
    const file = `${name}${chain.length > 1 ? `-${i + 1}` : ''}.json`
    const text = textOf(history)
    if (text.length > largest) writeFileSync(join(folder, `${file}.gz`), gzipSync(text))
    else writeFileSync(join(folder, file), text)
    console.log(`${file}: ${history.events?.length} events`)
  }
}

const named = process.argv.slice(2)
const isKept = ({ name }: Scenario): boolean =>
  ['.json', '.json.gz', '-1.json', '-1.json.gz'].some((end) =>
    existsSync(join(folder, `${name}${end}`)),
  )
const wanted = scenarios.filter((scenario) =>
  named.length > 0 ? named.includes(scenario.name) : !isKept(scenario),
)
const loaded = await loadProject(historiesProject, { env: {} })
if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
const temporary = mkdtempSync(join(tmpdir(), 'compozy-histories-'))
const { path: binary } = await findTemporalBinary({ env: process.env })
const databaseFile = join(temporary, 'temporal.db')
const logger = silentLogger
const server = await startDevServer({
  binary,
  port: 0,
  namespace: 'default',
  databaseFile,
  logger,
  dynamicConfig,
})
const config = loadConfig({
  flags: { port: '0' },
  env: { TEMPORAL_ADDRESS: server.address },
  source: loaded.source,
})
const engine = await createEngine({
  config,
  project: loaded.project,
  build: { version: 'recording', commit: 'unknown' },
  logger,
  env: {},
  role: 'all',
})
const client = openClient(config.temporal, 'default')
try {
  const { api } = await engine.start({ signal: new AbortController().signal })
  await Promise.all(wanted.map((scenario) => record(scenario, api, client)))
} finally {
  await client.connection.close()
  await engine.stop()
  await server.stop()
  rmSync(temporary, { recursive: true, force: true })
}
process.exit()
