/** From a packed tarball to the first metrics, as a new user does it, with the seconds it takes. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { closed, startRun } from './api.ts'
import { scrape, sumOf } from './metrics.ts'

const run = promisify(execFile)

/** What one try took. */
export interface FirstMinutes {
  readonly installSeconds: number
  /** From the first command after the installation to an answered scrape that counts something. */
  readonly metricsSeconds: number
  /** What the metrics counted of the one run or request. */
  readonly counted: number
  readonly packages: number
  readonly megabytes: number
  /** Names of installed packages. */
  readonly names: readonly string[]
}

/** A new user's surroundings. */
export interface NewUser {
  /** Folder of the `node` to use; default: the one that runs the tests. */
  readonly nodeFolder?: string
  /** Keep the caches of this machine: no download is measured. */
  readonly cached?: boolean
}

/** Packs a folder, such as the root of a checkout or `dist/library`, and returns the tarball. */
export async function packInto(folder: string, source: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', args, { cwd: source })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(folder, filename)
}

const secondsSince = (start: number): number => (performance.now() - start) / 1_000

function packagesIn(modules: string): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      if (name.startsWith('@'))
        return readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`)
      return [name]
    })
    .flatMap((name) => {
      const nested = join(modules, name, 'node_modules')
      const has = readdirSync(join(modules, name)).includes('node_modules')
      return [name, ...(has ? packagesIn(nested) : [])]
    })
}

/** Megabytes that the files of a folder occupy, in blocks as `du` counts them. */
function megabytesOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const blocks = entries.map((name) => lstatSync(join(folder, name)).blocks)
  return (blocks.reduce((sum, each) => sum + each, 0) * 512) / 1_048_576
}

/** Makes an empty folder with an empty home in it, and removes both at the end of `work`. */
async function asNewUser<T>(
  { nodeFolder, cached = false }: NewUser,
  work: (folder: string, env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const place = mkdtempSync(join(tmpdir(), 'compozy-new-user-'))
  const folder = join(place, 'project')
  mkdirSync(folder)
  mkdirSync(join(place, 'home'))
  const kept = Object.entries(process.env).filter(
    ([name]) => cached || !/^(HOME|XDG_|npm_config_cache)/.test(name),
  )
  const env = {
    ...Object.fromEntries(kept.filter(([name]) => !/^(COMPOZY_|npm_(?!config_))/.test(name))),
    PATH: [nodeFolder, process.env['PATH']].filter(Boolean).join(delimiter),
    NO_COLOR: '1',
    HOME: cached ? process.env['HOME'] : join(place, 'home'),
  }
  try {
    return await work(folder, env)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

async function install(
  folder: string,
  env: NodeJS.ProcessEnv,
  packages: readonly string[],
): Promise<Omit<FirstMinutes, 'metricsSeconds' | 'counted'>> {
  const start = performance.now()
  const flags = [
    '--engine-strict',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
  ]
  await run('npm', ['install', ...flags, ...packages], { cwd: folder, env })
  const installSeconds = secondsSince(start)
  const modules = join(folder, 'node_modules')
  const names = packagesIn(modules)
  return { installSeconds, packages: names.length, megabytes: megabytesOf(modules), names }
}

/** Starts a program, waits for its first line with `url`, works with it and ends it. */
async function withServer<T>(
  [command, ...args]: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  work: (line: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = once(child, 'close')
  try {
    const ready = new Promise<Record<string, string>>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const event = JSON.parse(line) as Record<string, string>
        if ('metrics' in event) resolve(event)
      })
    })
    const early = ended.then(() => {
      throw new Error(`${basename(command)} ended before it was ready:\n${errors}`)
    })
    return await work(await Promise.race([ready, early]))
  } finally {
    child.kill('SIGTERM')
    await ended.catch(() => undefined)
  }
}

/** `npm install`, `npx compozy init`, `npx compozy dev`, one run, one scrape. */
export function engineFromTarball(tarball: string, user: NewUser = {}): Promise<FirstMinutes> {
  return asNewUser(user, async (folder, env) => {
    const installed = await install(folder, env, [tarball])
    const start = performance.now()
    await run('npx', ['compozy', 'init', '--name', 'first'], { cwd: folder, env })
    const compozy = join(folder, 'node_modules/.bin/compozy')
    const dev = [compozy, 'dev', '--json', '--port', '0', '--temporal-port', '0'] as const
    const measured = await withServer(dev, { cwd: folder, env }, async (ready) => {
      await closed(ready['api']!, await startRun(ready['api']!, 'hello', { name: 'Ada' }), 60_000)
      const { samples } = await scrape(ready['metrics']!)
      const counted = sumOf(samples, 'compozy_temporal_workflow_completed_total')
      return { counted, metricsSeconds: secondsSince(start) }
    })
    return { ...installed, ...measured }
  })
}

const application = (library: string): string => `
import Fastify from 'fastify'
import { createMonitoring } from '${library}'

const monitoring = await createMonitoring({ prefix: 'shop' })
const app = Fastify()
await app.register(monitoring.fastify)
app.get('/orders/:id', async () => ({ ok: true }))
const url = await app.listen({ port: 0 })
console.log(JSON.stringify({ url, metrics: url + '/metrics' }))
`

/** The library as a package. */
export interface PackedLibrary {
  readonly tarball: string
  /** How the application imports it. */
  readonly name: string
  /** Version of the application's Fastify. */
  readonly fastify?: string
}

/** `npm install`, the ten lines of docs/library.md, one request, one scrape. */
export function libraryFromTarball(
  { tarball, name, fastify = '5.12.7' }: PackedLibrary,
  user: NewUser = {},
): Promise<FirstMinutes> {
  return asNewUser(user, async (folder, env) => {
    const installed = await install(folder, env, [tarball, `fastify@${fastify}`])
    const start = performance.now()
    writeFileSync(join(folder, 'server.mjs'), application(name))
    const server = ['node', 'server.mjs'] as const
    const measured = await withServer(server, { cwd: folder, env }, async (ready) => {
      await fetch(`${ready['url']}/orders/1`)
      const { samples } = await scrape(ready['metrics']!)
      const labels = { path: '/orders/:id', status_code: '200' }
      const counted = sumOf(samples, 'shop_http_requests_total', labels)
      return { counted, metricsSeconds: secondsSince(start) }
    })
    return { ...installed, ...measured }
  })
}
