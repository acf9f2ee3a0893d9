import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { launchDevServer, startDevServer, type DevServerOptions } from './dev-server.ts'
import { temporaryFolder } from '../testing/folder.ts'

/** Options for a server whose program is a shell script. */
function fake(
  script: string,
  more: Partial<DevServerOptions> = {},
): DevServerOptions & { folder: string } {
  const folder = temporaryFolder()
  const binary = join(folder, 'temporal')
  writeFileSync(binary, `#!/bin/sh\n${script}\n`)
  chmodSync(binary, 0o755)
  const databaseFile = join(folder, '.compozy/temporal.db')
  return {
    binary,
    port: 0,
    namespace: 'default',
    databaseFile,
    logger: silentLogger,
    folder,
    ...more,
  }
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function failureOf(options: DevServerOptions): Promise<CompozyError> {
  const thrown: unknown = await startDevServer(options).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(CompozyError)
  return thrown as CompozyError
}

describe('startDevServer', () => {
  it('Should name the port that is taken and the flag that chooses another', async () => {
    const port = await takenPort()
    const options = fake('exit 0', { port })
    const { code, message } = await failureOf(options)
    expect(code).toBe('port_in_use')
    expect(message).toContain(`port ${port} on 127.0.0.1 is taken`)
    expect(message).toContain('--temporal-port')
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })

  it('Should say the same where the port was taken in the last moment', async () => {
    const options = fake(
      'echo "error: can\'t set frontend port: listen tcp: bind: address already in use" >&2; exit 1',
    )
    expect(await failureOf(options)).toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining('--temporal-port'),
    })
  })

  it('Should tell what a server said that does not start, and free the database', async () => {
    const options = fake('echo "unable to open database file" >&2; exit 3')
    expect(await failureOf(options)).toMatchObject({
      code: 'temporal_unavailable',
      message: 'the Temporal server did not start: it ended with 3\nunable to open database file',
    })
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })

  it('Should say so where the program is missing', async () => {
    const { code, message } = await failureOf({ ...fake(''), binary: '/no/such/program' })
    expect([code, message]).toEqual([
      'temporal_unavailable',
      expect.stringContaining('/no/such/program'),
    ])
  })

  it('Should refuse a host that is none of this machine', async () => {
    const options = fake('exit 0', { host: '192.0.2.1' })
    expect(await failureOf(options)).toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining('192.0.2.1'),
    })
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })

  it('Should end a server whose start is given up', async () => {
    const control = new AbortController()
    const script = `trap 'echo > "$0.ended"; exit 0' TERM; echo here; while :; do sleep 0.02; done`
    const options = fake(script, {
      // The server's first word shows that it is there to be ended.
      logger: { ...silentLogger, debug: () => control.abort(new Error('given up')) },
      signal: control.signal,
    })
    await expect(startDevServer(options)).rejects.toThrow('given up')
    expect(existsSync(`${options.binary}.ended`)).toBe(true)
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })

  it('Should start it with write-ahead logging, on the ports and the file that were asked for', async () => {
    const options = fake('echo "$@" > "$(dirname "$0")/args"; exit 1', { namespace: 'orders' })
    await failureOf(options)
    const args = readFileSync(join(options.folder, 'args'), 'utf8')
    expect(args).toMatch(
      /^server start-dev --ip 127\.0\.0\.1 --port \d+ --ui-port \d+ --namespace orders/,
    )
    expect(args).toContain(`--db-filename ${options.databaseFile}`)
    expect(args).toContain('--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=1')
  })
})

describe('launchDevServer', () => {
  it('Should give the address before the server answers, and reject ready if it never does', async () => {
    const options = fake('echo "unable to open database file" >&2; exit 3')
    const server = await launchDevServer(options)
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/)
    await expect(server.ready).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: 'the Temporal server did not start: it ended with 3\nunable to open database file',
    })
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })

  it('Should stop a server that does not answer yet', async () => {
    const options = fake(`trap 'exit 0' TERM; while :; do sleep 0.02; done`)
    const server = await launchDevServer(options)
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(true)
    await server.stop()
    expect(existsSync(`${options.databaseFile}.lock`)).toBe(false)
  })
})
