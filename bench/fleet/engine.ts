import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A `compozy dev` with many workflows. */
export interface FleetEngine {
  readonly api: string
  readonly metrics: string
  stop(): Promise<void>
}

/** Options of {@link startFleetEngine}. */
export interface FleetEngineOptions {
  /** The folder of a built checkout. */
  readonly checkout: string
  readonly workflows: number
  readonly env: Readonly<Record<string, string>>
}

/** Temporal's answers come at once: the series are the same. */
const monitoring = { MONITORING_ENABLED: 'true', MONITORING_RECONCILE_BUDGET: '1000' }

/** Writes `workflow-0`, `workflow-1` and so on, of one task each. */
function writeProject(workflows: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-series-'))
  mkdirSync(join(dir, 'workflows'))
  writeFileSync(
    join(dir, 'compozy.yaml'),
    'name: series\nworkflows: [{ source: ./workflows/*.yaml }]\n',
  )
  for (let i = 0; i < workflows; i++)
    writeFileSync(
      join(dir, `workflows/w${i}.yaml`),
      `id: workflow-${i}\ntasks: [{ id: wait, type: pause, duration: 1s }]\n`,
    )
  return dir
}

type ReadyEvent = { readonly api?: string; readonly metrics?: string }

async function readyEvent(output: NodeJS.ReadableStream): Promise<Required<ReadyEvent>> {
  for await (const line of createInterface({ input: output })) {
    const { api, metrics } = JSON.parse(line) as ReadyEvent
    if (api !== undefined && metrics !== undefined) return { api, metrics }
  }
  throw new Error('the engine ended before it was ready')
}

/** Starts the engine and waits until it is ready. */
export async function startFleetEngine(options: FleetEngineOptions): Promise<FleetEngine> {
  const dir = writeProject(options.workflows)
  const args = ['dev', '--cwd', dir, '--port', '0', '--temporal-port', '0', '--json']
  const engine = spawn(process.execPath, [join(options.checkout, 'dist/cli/bin.js'), ...args], {
    env: { ...process.env, ...monitoring, ...options.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  async function stop(): Promise<void> {
    const closed = new Promise((done) => engine.once('close', done))
    engine.kill('SIGTERM')
    await closed
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    return { ...(await readyEvent(engine.stdout)), stop }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
}
