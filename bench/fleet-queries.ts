/**
 * `npm run bench:queries [-- CHECKOUT…]`: starts one and then three `compozy worker` of each built
 * checkout on a real Temporal server and prints, as a table, how many visibility queries a second
 * the server counts from all of them. Default: this checkout.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findTemporalBinary } from '../engine/infra/temporal/index.ts'
import { freePort } from '../engine/infra/temporal/dev-server/free-port.ts'
import { eventually, startCompozy, type Running } from '../test/support/compozy.ts'

const workflows = 30
const fleets = [1, 3] as const
/** The first round of a process asks everything at once. */
const settleMs = 20_000
/** Two reconcile intervals. */
const countedMs = 30_000
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

function writeProject(): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-queries-'))
  mkdirSync(join(dir, 'workflows'))
  writeFileSync(
    join(dir, 'compozy.yaml'),
    'name: queries\nworkflows: [{ source: ./workflows/*.yaml }]\n',
  )
  for (let i = 0; i < workflows; i++)
    writeFileSync(
      join(dir, `workflows/w${i}.yaml`),
      `id: workflow-${i}\ntasks: [{ id: wait, type: pause, duration: 1s }]\n`,
    )
  return dir
}

/** A Temporal server that counts its requests. */
async function startTemporal() {
  const [port, metricsPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')]
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const flags = ['--headless', '--port', `${port}`, '--metrics-port', `${metricsPort}`]
  const server = spawn(binary, ['server', 'start-dev', '--log-level', 'error', ...flags], {
    stdio: 'ignore',
  })
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  await eventually(
    () => metrics().catch(() => ''),
    (text) => text.includes('service_requests'),
  )
  return {
    address: `127.0.0.1:${port}`,
    /** Visibility queries that the frontend was asked so far. */
    async visibilityQueries(): Promise<number> {
      const lines = (await metrics()).split('\n').filter((line) => {
        return /^service_requests\{.*operation="(?:Count|List)WorkflowExecutions"/.test(line)
      })
      const ofFrontend = lines.filter((line) => line.includes('service_name="frontend"'))
      return ofFrontend.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    },
    stop: () =>
      new Promise((done) => {
        server.once('close', done)
        server.kill('SIGTERM')
      }),
  }
}

async function measure(checkout: string, processes: number): Promise<string> {
  const dir = writeProject()
  const temporal = await startTemporal()
  const args = ['worker', '--cwd', dir, '--port', '0', '--temporal-address', temporal.address]
  const bin = join(checkout, 'dist/cli/bin.js')
  const options = { bin, env: { MONITORING_ENABLED: 'true' } }
  const fleet: Running[] = []
  try {
    for (let i = 0; i < processes; i++) fleet.push(await startCompozy(args, options))
    await pause(settleMs)
    const [before, since] = [await temporal.visibilityQueries(), performance.now()]
    await pause(countedMs)
    const asked = (await temporal.visibilityQueries()) - before
    return ((asked * 1_000) / (performance.now() - since)).toFixed(2)
  } finally {
    await Promise.all(fleet.map((each) => each.stop()))
    await temporal.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

const checkouts = process.argv.length > 2 ? process.argv.slice(2) : ['.']
console.log('| commit | one process | three |\n|---|---|---|')
for (const checkout of checkouts.map((each) => resolve(each))) {
  const git = ['-C', checkout, 'rev-parse', '--short', 'HEAD']
  const commit = execFileSync('git', git, { encoding: 'utf8' }).trim()
  const cells: string[] = []
  for (const processes of fleets) cells.push(await measure(checkout, processes))
  console.log(`| ${[commit, ...cells].join(' | ')} |`)
}
