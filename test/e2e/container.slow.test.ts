import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import { eventually } from '../support/compozy.ts'
import { copyOf, readDockerfile, type Instruction } from '../support/dockerfile.ts'
import { scrape } from '../support/metrics.ts'

const root = resolve(import.meta.dirname, '../..')
const args = { VERSION: '9.8.7', COMMIT: 'abcdef123456' }

/** Carries out COPY and RUN below a folder that stands for the root of the image's file system. */
function carryOut(instructions: readonly Instruction[], rootfs: string, from: string): void {
  let workdir = '/'
  for (const instruction of instructions) {
    const { keyword, rest } = instruction
    if (keyword === 'WORKDIR') mkdirSync(join(rootfs, (workdir = rest)), { recursive: true })
    const copy = copyOf(instruction)
    const [, between = '', target = ''] = /^--from=\w+ (\S+) (\S+)$/.exec(rest) ?? []
    for (const source of copy?.sources ?? (between === '' ? [] : [between])) {
      const to = resolve('/', workdir, copy?.target ?? target)
      const intoFolder = (copy?.target ?? target).endsWith('/')
      const path = join(rootfs, intoFolder ? join(to, basename(source)) : to)
      cpSync(between === '' ? join(root, source) : join(from, source), path, {
        recursive: true,
        filter: (file) => !/\.test\.ts$|\/\.compozy/.test(file),
      })
    }
    if (keyword === 'RUN')
      execFileSync('sh', ['-c', rest], {
        cwd: join(rootfs, workdir),
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...args },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
  }
}

describe('Dockerfile, without Docker', () => {
  it('Should make a program that starts as it says, answers its health check and tells its version', async () => {
    const work = mkdtempSync(join(tmpdir(), 'compozy-image-'))
    onTestFinished(() => rmSync(work, { recursive: true, force: true }))
    const [build, image] = readDockerfile()
    carryOut(build!.instructions, join(work, 'build'), '')
    carryOut(image!.instructions, join(work, 'image'), join(work, 'build'))

    const read = (keyword: string): string =>
      image!.instructions.find((instruction) => instruction.keyword === keyword)!.rest
    const inside = (word: string): string =>
      word.startsWith('/') ? join(work, 'image', word) : word
    const words = (keyword: string) => JSON.parse(read(keyword)) as string[]
    const command = [...words('ENTRYPOINT'), ...words('CMD')].map(inside)
    for (const dashboard of ['overview', 'workflows', 'runtime']) {
      const run = [command[0]!, [command[1]!, 'metrics', 'dashboard', dashboard]] as const
      expect(JSON.parse(execFileSync(...run, { encoding: 'utf8' }))).toMatchObject({
        uid: `compozy-${dashboard}`,
      })
    }
    const port = await freePort('127.0.0.1')
    const env = {
      PATH: process.env['PATH'],
      ...Object.fromEntries(
        read('ENV')
          .split(' ')
          .map((pair) => pair.split('=')),
      ),
      COMPOZY_PORT: String(port),
      MONITORING_ENABLED: 'true',
      // Nothing listens there: the process must live and answer all the same.
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1')}`,
    }
    const engine = spawn(command[0]!, command.slice(1), { env, stdio: 'ignore' })
    onTestFinished(() => void engine.kill('SIGKILL'))
    const [, ...check] = JSON.parse(read('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[]
    const health = () =>
      new Promise<number | null>((done) => {
        spawn(process.execPath, check, { env, stdio: 'ignore' }).once('close', done)
      })
    await eventually(health, (code) => code === 0, { timeoutMs: 60_000 })
    const { samples } = await scrape(`http://127.0.0.1:${port}/metrics`)
    const { labels } = samples.find(({ name }) => name === 'compozy_build_info')!
    expect(labels).toMatchObject({ version: args.VERSION, commit_hash: args.COMMIT })

    const ended = new Promise((done) => engine.once('close', done))
    engine.kill(read('STOPSIGNAL') as NodeJS.Signals)
    expect(await ended).toBe(0)
    expect(await health()).toBe(1)
  })
})
