import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { Client, Connection } from '@temporalio/client'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import { findTemporalBinary, startDevServer } from '../../engine/infra/temporal/index.ts'
import { eventually } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const root = resolve(import.meta.dirname, '../..')

/** The packed package, and the example installed from it in an empty folder. */
const installed: { folder: string; tarball: string } = { folder: '', tarball: '' }

beforeAll(async () => {
  installed.folder = mkdtempSync(join(tmpdir(), 'compozy-own-server-'))
  const { folder } = installed
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  })
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  installed.tarball = join(folder, filename)
  cpSync(join(root, 'examples/own-server'), folder, { recursive: true })
  const manifest = join(folder, 'package.json')
  const text = readFileSync(manifest, 'utf8').replace('^0.1.0', `file:${filename}`)
  writeFileSync(manifest, text)
  const before = performance.now()
  const flags = ['--engine-strict', '--ignore-scripts', '--prefer-offline', '--no-audit']
  execFileSync('npm', ['install', ...flags], { cwd: folder, stdio: 'pipe' })
  console.log(`installed in ${((performance.now() - before) / 1_000).toFixed(1)} s`)
  execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe' })
}, 300_000)

afterAll(() => rmSync(installed.folder, { recursive: true, force: true }))

interface RunningServer {
  readonly url: string
  readonly child: ChildProcess
}

async function startServer(env: Record<string, string>): Promise<RunningServer> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: installed.folder,
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, ...(JSON.parse(line) as { url: string }) }
}

const outcomes = ['completed', 'failed', 'canceled', 'continued_as_new'] as const

/** What one process counted. */
async function countsOf({ url }: RunningServer): Promise<Record<string, number>> {
  const { samples } = await scrape(`${url}/metrics`)
  const workflow = { workflow_type: 'checkout' }
  const closed = outcomes.map(
    (outcome) =>
      [
        outcome,
        sumOf(samples, 'shop_temporal_workflow_closed_total', { ...workflow, outcome }),
      ] as const,
  )
  return {
    started: sumOf(samples, 'shop_temporal_workflow_started_total', workflow),
    durations: sumOf(samples, 'shop_temporal_workflow_duration_seconds_count', workflow),
    running: sumOf(samples, 'shop_temporal_workers_running_total', {}),
    ...Object.fromEntries(closed),
  }
}

const add = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.keys(a).map((key) => [key, a[key]! + b[key]!]))

async function openTemporal(): Promise<{ address: string; client: Client }> {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-own-temporal-'))
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const databaseFile = join(folder, 'temporal.db')
  const options = { binary, port: 0, namespace: 'default', databaseFile, logger: silentLogger }
  const server = await startDevServer(options)
  const connection = await Connection.connect({ address: server.address })
  onTestFinished(async () => {
    await connection.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { address: server.address, client: new Client({ connection }) }
}

/** Temporal's own list, by status, one entry a run. */
async function listed(client: Client): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for await (const { status } of client.workflow.list({ query: `WorkflowType='checkout'` }))
    counts[status.name] = (counts[status.name] ?? 0) + 1
  return counts
}

const ends = ['paid', 'declined', 'approval', 'later', 'approval'] as const

describe('the library, installed from the package', () => {
  it('Should pass publint and Are The Types Wrong', async () => {
    const { messages } = await publint({ pkgDir: join(installed.folder, 'node_modules/compozy') })
    expect(messages).toEqual([])
    const types = createPackageFromTarballData(readFileSync(installed.tarball))
    const result = await checkPackage(types)
    // CommonJS loads it by `import()`; node10 knows no `exports`.
    const problems = (result.types === false ? [{ kind: 'NoTypes' }] : result.problems).filter(
      ({ kind, ...rest }) =>
        kind !== 'CJSResolvesToESM' &&
        !('resolutionKind' in rest && rest.resolutionKind === 'node10') &&
        !('entrypoint' in rest && /schema|package\.json/.test(String(rest.entrypoint))),
    )
    expect(problems).toEqual([])
  })

  it('Should close every other path into the package', () => {
    const load = (name: string): string =>
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', `await import('${name}').catch((e) => console.log(e.code))`],
        { cwd: installed.folder, encoding: 'utf8' },
      ).trim()
    expect(load('compozy/monitoring')).toBe('')
    for (const closed of [
      'compozy',
      'compozy/dist/engine/engine.js',
      'compozy/monitoring/index.js',
    ])
      expect(load(closed)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('Should count what Temporal lists, after 200 mixed runs and one killed worker', async () => {
    const { address, client } = await openTemporal()
    const env = { TEMPORAL_ADDRESS: address }
    const [survivor, victim] = await Promise.all([
      startServer({ ...env, OWN_LOG: 'true' }),
      startServer(env),
    ])
    const post = async (path: string, body: unknown): Promise<{ id: string }> => {
      const reply = await fetch(`${survivor.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await reply.json()) as { id: string }
    }
    const waiting: string[] = []
    const start = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i += ends.length) {
        const posts = ends.map((end) => post('/checkouts', { amount: i, end }))
        const ids = (await Promise.all(posts)).map(({ id }) => id)
        waiting.push(...ids.filter((_, at) => ends[at] === 'approval'))
      }
    }
    await start(0, 100)
    const isIdle = async (): Promise<boolean> =>
      (await listed(client))['RUNNING'] === waiting.length
    await eventually(isIdle, (idle) => idle)
    // All but the waiting runs have closed, and the victim has shown it.
    await eventually(
      async () => add(await countsOf(survivor), await countsOf(victim)),
      (counts) =>
        counts['started'] === 120 && counts['completed'] === 40 && counts['failed'] === 20,
    )
    const shown = await countsOf(victim)
    victim.child.kill('SIGKILL')
    await once(victim.child, 'exit')
    const replacement = await startServer(env)
    await start(100, 200)
    for (const [i, id] of waiting.entries()) {
      if (i % 3 === 0) await client.workflow.getHandle(id).cancel()
      else if (i % 3 === 1) await client.workflow.getHandle(id).terminate()
      else await post(`/checkouts/${id}/approval`, {})
    }
    const truth = await eventually(
      () => listed(client),
      (list) => list['RUNNING'] === undefined,
    )
    const expected = {
      started: 240,
      durations: truth['COMPLETED']! + truth['FAILED']! + truth['CANCELLED']!,
      completed: truth['COMPLETED'],
      failed: truth['FAILED'],
      canceled: truth['CANCELLED'],
      continued_as_new: truth['CONTINUED_AS_NEW'],
    }
    const total = async (): Promise<Record<string, number>> => {
      const { running: _, ...counts } = add(
        shown,
        add(await countsOf(survivor), await countsOf(replacement)),
      )
      return counts
    }
    await eventually(total, (counts) => counts['durations']! >= expected.durations)
    console.log(JSON.stringify({ temporal: truth, counted: await total() }))
    expect(await total()).toEqual(expected)
    expect(Object.values(truth).reduce((sum, count) => sum + count, 0)).toBe(240)
    expect((await countsOf(survivor))['running']).toBe(1)
  })

  it.each(['true', 'false'])(
    'Should count requests once whatever ends them, with an own log: %s',
    async (OWN_LOG) => {
      const { address } = await openTemporal()
      const server = await startServer({ TEMPORAL_ADDRESS: address, OWN_LOG })
      for (const id of ['a', 'b', 'c']) await fetch(`${server.url}/checkouts/${id}`)
      for (let i = 0; i < 5; i++) await fetch(`${server.url}/nowhere/${i}`)
      await Promise.all(
        Array.from({ length: 7 }, () =>
          fetch(`${server.url}/never`, { signal: AbortSignal.timeout(200) }).catch(() => undefined),
        ),
      )
      const read = async (): Promise<Record<string, number>> => {
        const { samples } = await scrape(`${server.url}/metrics`)
        const count = (labels: Record<string, string>): number =>
          sumOf(samples, 'shop_http_requests_total', labels)
        return {
          template: count({ path: '/checkouts/:id', status_code: '500' }),
          unmatched: count({ path: 'unmatched', status_code: '404' }),
          aborted: count({ path: '/never', status_code: '499' }),
          // The scrape itself.
          inFlight: sumOf(samples, 'shop_http_requests_in_flight', {}),
        }
      }
      const expected = { template: 3, unmatched: 5, aborted: 7, inFlight: 1 }
      expect(await eventually(read, (counts) => counts['aborted'] === 7)).toEqual(expected)
    },
  )

  it('Should hold nothing of a checkout and everything that its users need', () => {
    const base = join(installed.folder, 'node_modules/compozy')
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(base, name)).isFile(),
    )
    const stray = files.filter((name) =>
      /\.compozy|\.test\.|\/testing\/|node_modules|(^|\/)\.env$/.test(name),
    )
    expect(stray).toEqual([])
    for (const needed of [
      'deploy/prometheus/prometheus.yml',
      'dist/engine/infra/monitoring/public/index.d.ts.map',
      'dist/page/index.html',
      'engine/infra/monitoring/public/index.ts',
      'examples/own-server/src/main.ts',
      'docs/library.md',
    ])
      expect(files).toContain(needed)
  })
})
