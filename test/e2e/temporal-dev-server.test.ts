import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, statSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import { birthOf } from '../../engine/infra/temporal/dev-server/process-birth.ts'
import {
  findTemporalBinary,
  isHealthy,
  openClient,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import { eventually } from '../support/compozy.ts'

const { path: binary } = await findTemporalBinary({ env: process.env })
const root = resolve(import.meta.dirname, '../..')
const door = pathToFileURL(join(root, 'engine/infra/temporal/index.ts')).href

function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-dev-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, '.compozy/temporal.db')
}

async function start(file: string, port = 0): Promise<DevServer> {
  const options = { binary, port, namespace: 'orders', databaseFile: file, logger: silentLogger }
  const server = await startDevServer(options)
  onTestFinished(() => server.stop())
  return server
}

function clientOf({ address }: Pick<DevServer, 'address'>) {
  const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
  const client = openClient({ address, ...plain }, 'orders')
  onTestFinished(() => client.connection.close())
  return client
}

const startRun = (server: DevServer, workflowId: string) =>
  clientOf(server).workflow.start('order', { workflowId, taskQueue: 'nobody' })

const statusOf = async (server: DevServer, id: string): Promise<string> =>
  (await clientOf(server).workflow.getHandle(id).describe()).status.name

describe('startDevServer, on a real server', () => {
  it('Should answer with its namespace and its UI, end when told, and keep its runs for the next start', async () => {
    const file = databaseFile()
    const first = await start(file)
    expect(await isHealthy(clientOf(first), 2_000)).toBe(true)
    expect((await fetch(first.uiUrl)).status).toBe(200)
    await startRun(first, 'kept')
    await first.stop()
    expect(birthOf(first.pid)).toBeUndefined()
    expect(existsSync(`${file}.lock`)).toBe(false)
    expect(await isHealthy(clientOf(first), 500)).toBe(false)

    const second = await start(file)
    expect(await statusOf(second, 'kept')).toBe('RUNNING')
  })

  it('Should keep the database readable for its user alone, an older one too', async () => {
    const file = databaseFile()
    const modeOf = () => [file, `${file}-wal`].map((each) => statSync(each).mode & 0o777)
    const first = await start(file)
    expect(modeOf()).toEqual([0o600, 0o600])
    await first.stop()
    chmodSync(file, 0o644)
    await start(file)
    expect(modeOf()).toEqual([0o600, 0o600])
  })

  it('Should find open runs again after the server was killed, and say that it is gone', async () => {
    const file = databaseFile()
    const first = await start(file)
    await startRun(first, 'kept')
    process.kill(first.pid, 'SIGKILL')
    await expect(first.died).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: expect.stringContaining('is gone: it ended with SIGKILL'),
    })
    const second = await start(file)
    expect(await statusOf(second, 'kept')).toBe('RUNNING')
  })

  it('Should refuse the port of another server and a file in use, and take any free port for 0', async () => {
    const file = databaseFile()
    const first = await start(file)
    const port = Number(first.address.split(':')[1])
    await expect(start(databaseFile(), port)).rejects.toMatchObject({ code: 'port_in_use' })
    await expect(start(file)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(file),
    })
    const second = await start(databaseFile())
    expect(second.address).not.toBe(first.address)
    expect(second.uiUrl).not.toBe(first.uiUrl)
  })

  it('Should not outlive a process that is killed, and leave a file that the next one can use', async () => {
    const file = databaseFile()
    const script = `
      const { startDevServer } = await import(${JSON.stringify(door)})
      const logger = { debug() {}, info() {}, warn() {}, error() {} }
      const options = { binary: process.argv[1], databaseFile: process.argv[2], port: 0, namespace: 'orders', logger }
      console.log((await startDevServer(options)).pid)`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script, binary, file]
    const host = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void host.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string]
    const pid = Number(line)
    expect(birthOf(pid)).toBeDefined()
    host.kill('SIGKILL')
    await once(host, 'exit')
    expect(existsSync(`${file}.lock`)).toBe(true)
    await eventually(
      async () => birthOf(pid),
      (born) => born === undefined,
    )
    const next = await start(file)
    expect(next.pid).not.toBe(pid)
  })
})
