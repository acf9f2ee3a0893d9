import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { closed, startRun } from '../support/api.ts'
import {
  copyProject,
  eventually,
  runCompozy,
  startCompozy,
  type Running,
} from '../support/compozy.ts'

const apple = '{"items":[{"sku":"apple"}]}'

/** A port that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

describe('compozy run', () => {
  const project = copyProject('examples/quickstart')
  afterAll(project.remove)

  it('Should start its own engine, print the output as JSON and exit 0', async () => {
    const { code, stdout, stderr } = await runCompozy([
      'run',
      'order',
      '--cwd',
      project.dir,
      '--input',
      apple,
    ])
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'paid', total: 0.5 })
    expect(stderr).toMatch(/price: completed/)
  })

  it('Should need no token for its own engine, whatever the project demands', async () => {
    const args = ['run', 'order', '--cwd', project.dir, '--input', apple]
    const env = { COMPOZY_API_TOKEN_FILE: join(project.dir, 'token') }
    writeFileSync(env.COMPOZY_API_TOKEN_FILE, 'shop:run:s3cret\nops:admin:4dmin\n')
    const { code, stdout, stderr } = await runCompozy(args, { env })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'paid' })
  })

  it('Should exit 1 and say why when the run fails', async () => {
    const input = '{"items":[{"sku":"apple"}],"card":"declined"}'
    const { code, stdout, stderr } = await runCompozy([
      'run',
      'order',
      '--cwd',
      project.dir,
      '--input',
      input,
    ])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /failed: ToolError:CardDeclined: the bank declined the card\n {2}in task pay, attempt 1\n {2}at charge \(tools\/charge.ts:\d+:\d+\)\n/,
    )
    // The tool's own frame is there; the engine's are not.
    expect(stderr).not.toMatch(/\bat .*(?:engine|node_modules)\//)
    expect(stderr).not.toContain('taskToken')
  })

  it('Should exit 2 when the input does not fit, with each violation', async () => {
    const { code, stderr } = await runCompozy([
      'run',
      'order',
      '--cwd',
      project.dir,
      '--input',
      '{"items":[]}',
    ])
    expect(code).toBe(2)
    expect(stderr).toMatch(/\/items: /)
  })

  it('Should exit 2 for a workflow that is missing, with the nearest', async () => {
    const { code, stderr } = await runCompozy(['run', 'ordr', '--cwd', project.dir])
    expect(code).toBe(2)
    expect(stderr).toMatch(/no workflow "ordr"; did you mean "order"\?/)
  })
})

describe('a running engine', () => {
  const project = copyProject('examples/quickstart')
  let engine: Running
  beforeAll(async () => {
    engine = await startCompozy([
      'dev',
      '--cwd',
      project.dir,
      '--port',
      '0',
      '--temporal-port',
      '0',
    ])
  })
  afterAll(async () => {
    await engine?.stop()
    project.remove()
  })

  it('Should serve compozy run --server, one JSON object a line with --json', async () => {
    const { code, stdout } = await runCompozy([
      'run',
      'order',
      '--server',
      engine.ready.api,
      '--input',
      apple,
      '--json',
    ])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; output?: unknown })
    expect(code).toBe(0)
    expect(events[0]).toMatchObject({ event: 'started', workflow_id: 'order' })
    expect(events.at(-1)).toMatchObject({ event: 'completed', output: { status: 'paid' } })
    expect(events.some(({ event }) => event === 'task')).toBe(true)
  })

  it('Should name port and flag to another engine that wants the same port', async () => {
    const port = new URL(engine.ready.api).port
    const other = copyProject('examples/quickstart')
    onTestFinished(other.remove)
    const { code, stderr } = await runCompozy([
      'dev',
      '--cwd',
      other.dir,
      '--port',
      port,
      '--temporal-port',
      '0',
    ])
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken; choose another with --port`)
  })

  it('Should name port and flag when the port of the Temporal server is taken', async () => {
    const port = engine.ready.temporal.split(':')[1]!
    const other = copyProject('examples/quickstart')
    onTestFinished(other.remove)
    const { code, stderr } = await runCompozy([
      'dev',
      '--cwd',
      other.dir,
      '--port',
      '0',
      '--temporal-port',
      port,
    ])
    expect(code).toBe(1)
    expect(stderr).toContain(
      `port ${port} on 127.0.0.1 is taken; choose another with --temporal-port`,
    )
  })

  it('Should keep the metrics path in the OpenAPI document, with every content type', async () => {
    const document = (await (await fetch(`${engine.ready.api}/openapi.json`)).json()) as {
      openapi: string
      paths: Record<
        string,
        { get?: { responses: Record<string, { content: object }>; description: string } }
      >
    }
    const { responses, description } = document.paths['/metrics']!.get!
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(responses['200']!.content)).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
      expect.stringMatching(/^application\/vnd\.google\.protobuf; /),
    ])
    expect(description).toMatch(/restrict it at the network/i)
    expect((await fetch(`${engine.ready.api}/docs`)).status).toBe(200)
  })
})

describe('compozy start', () => {
  it('Should wait for a Temporal server that is missing yet, not ready, and go on when it comes', async () => {
    const [temporalPort, port] = [await freePort(), await freePort()]
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const address = `127.0.0.1:${temporalPort}`
    const waiting = startCompozy([
      'start',
      '--cwd',
      project.dir,
      '--port',
      String(port),
      '--temporal-address',
      address,
    ])
    const api = `http://127.0.0.1:${port}`
    const readiness = async () => {
      const response = await fetch(`${api}/readyz`).catch(() => undefined)
      return { status: response?.status, body: await response?.json() }
    }
    await eventually(
      readiness,
      ({ status, body }) =>
        status === 503 && JSON.stringify(body).includes(`no answer from ${address}`),
    )

    const database = `${project.dir}/temporal-here.db`
    const args = [
      'server',
      'start-dev',
      '--headless',
      '--port',
      String(temporalPort),
      '--db-filename',
      database,
      '--log-level',
      'error',
    ]
    const temporal = spawn(process.env['TEMPORAL_CLI_PATH']!, args, { stdio: 'ignore' })
    onTestFinished(() => void temporal.kill())
    const engine = await waiting
    expect(engine.stderr()).toContain('Temporal does not answer; retrying')
    expect((await readiness()).status).toBe(200)
    expect(
      (await closed(engine.ready.api, await startRun(engine.ready.api, 'order', JSON.parse(apple))))
        .status,
    ).toBe('completed')
    expect(await engine.stop()).toBe(0)
  })
})

describe('a pipe', () => {
  it('Should get the whole of an output that is larger than it holds', async () => {
    const { code, stdout } = await runCompozy(['schema', 'workflow'])
    expect(code).toBe(0)
    expect(stdout.length).toBeGreaterThan(2 * 65_536)
    expect(JSON.parse(stdout)).toHaveProperty('$defs')
  })
})
