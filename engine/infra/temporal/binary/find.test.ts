import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/folder.ts'
import { userCacheDir } from './user-cache.ts'
import { findTemporalBinary, type FindOptions } from './find.ts'
import { pins, temporalVersion, type Pin } from './pins.ts'
import type { BinarySource } from './source.ts'

const program = '#!/bin/sh\necho "temporal version 1.9.1 (Server 1.32.0)"\n'
const broken = '#!/bin/sh\nexit 3\n'
const foreign = '#!/bin/sh\necho "a text editor 1.0"\n'

function install(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, 0o755)
  return path
}

function pinOf(content: string): Pin {
  return {
    program: { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length },
    release: 'linux_amd64',
    wheel: { tag: 'any', sha256: '', bytes: 1 },
  }
}

const source = (name: string, content: string | Error): BinarySource => ({
  name,
  fetch: () =>
    content instanceof Error ? Promise.reject(content) : Promise.resolve(Buffer.from(content)),
})

/** A machine with nothing on it; `find` fetches what `sources` have. */
function machine(options: Partial<FindOptions> = {}) {
  const home = temporaryFolder()
  const cacheDir = join(home, 'cache')
  return {
    home,
    cached: join(cacheDir, `temporal-${temporalVersion}`, 'temporal'),
    find: (env: FindOptions['env'] = {}) =>
      findTemporalBinary({ env, cacheDir, pin: pinOf(program), sources: [], ...options }),
  }
}

describe('findTemporalBinary', () => {
  it('Should take the program that TEMPORAL_CLI_PATH names before one on PATH', async () => {
    const { home, find } = machine()
    const named = install(join(home, 'mine/tctl'), program)
    install(join(home, 'bin/temporal'), program)
    const env = { TEMPORAL_CLI_PATH: named, PATH: join(home, 'bin') }
    expect(await find(env)).toEqual({ path: named, origin: 'TEMPORAL_CLI_PATH' })
  })

  it.each([
    ['is not there', undefined],
    ['fails', broken],
    ['is another program', foreign],
  ])('Should refuse a TEMPORAL_CLI_PATH that %s, even with one on PATH', async (_, content) => {
    const { home, find } = machine()
    const named = join(home, 'mine')
    if (content !== undefined) install(named, content)
    install(join(home, 'bin/temporal'), program)
    await expect(find({ TEMPORAL_CLI_PATH: named, PATH: join(home, 'bin') })).rejects.toMatchObject(
      {
        code: 'binary_unavailable',
        message: expect.stringContaining(`TEMPORAL_CLI_PATH=${named}`),
      },
    )
  })

  it('Should count an empty TEMPORAL_CLI_PATH as unset and take the first on PATH that works', async () => {
    const { home, find } = machine()
    install(join(home, 'a/temporal'), broken)
    install(join(home, 'b/temporal'), foreign)
    const good = install(join(home, 'c/temporal'), program)
    const PATH = ['a', 'b', 'missing', '', 'c'].map((name) => name && join(home, name)).join(':')
    expect(await find({ TEMPORAL_CLI_PATH: '', PATH })).toEqual({ path: good, origin: 'PATH' })
  })

  it('Should fetch once and find it in the cache from then on', async () => {
    const { cached, find } = machine({ sources: [source('here', program)] })
    expect(await find()).toEqual({ path: cached, origin: 'fetched' })
    expect(await find()).toEqual({ path: cached, origin: 'cache' })
  })

  it('Should replace a cached program that works but is not the pinned one', async () => {
    const { cached, find } = machine({ sources: [source('here', program)] })
    install(cached, `${program}# changed by somebody\n`)
    expect(await find()).toEqual({ path: cached, origin: 'fetched' })
    expect(readFileSync(cached, 'utf8')).toBe(program)
  })

  it('Should replace a cached program that does not work', async () => {
    const { cached, find } = machine({ sources: [source('here', program)] })
    install(cached, broken)
    expect(await find()).toEqual({ path: cached, origin: 'fetched' })
    expect(readFileSync(cached, 'utf8')).toBe(program)
  })

  it('Should survive several first starts at once and leave nothing but the program', async () => {
    const { cached, find } = machine({ sources: [source('here', program)] })
    const found = await Promise.all([find(), find(), find()])
    expect(new Set(found.map(({ path }) => path))).toEqual(new Set([cached]))
    expect(readdirSync(dirname(cached))).toEqual(['temporal'])
  })

  it('Should go on to the next source where one fails or gives another program than the pinned', async () => {
    const { find } = machine({
      sources: [
        source('first', new Error('no network')),
        source('second', foreign),
        source('third', program),
      ],
    })
    expect(await find()).toMatchObject({ origin: 'fetched' })
  })

  it('Should never run a program that is not the pinned one', async () => {
    const trap = join(temporaryFolder(), 'was-run')
    const { cached, find } = machine({
      sources: [source('evil', `#!/bin/sh\ntouch ${trap}\necho temporal\n`)],
    })
    await expect(find()).rejects.toMatchObject({
      message: expect.stringMatching(/evil: .*not the pinned one/),
    })
    expect(() => readFileSync(trap)).toThrow('ENOENT')
    expect(() => readFileSync(cached)).toThrow('ENOENT')
  })

  it('Should say what each source said and three ways to help', async () => {
    const { find } = machine({
      sources: [source('first', new Error('no network')), source('second', new Error('no pip'))],
    })
    const error = await find().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'binary_unavailable' })
    const { message } = error as Error
    expect(message).toContain('first: no network\nsecond: no pip')
    expect(message.split('\n').filter((line) => line.startsWith('  - '))).toHaveLength(3)
  })

  it('Should say so where nothing can be fetched for a platform', async () => {
    const { find } = machine({ pin: undefined })
    await expect(find()).rejects.toMatchObject({
      code: 'binary_unavailable',
      message: expect.stringContaining(`${process.platform}-${process.arch}`),
    })
  })

  it('Should name a cache that can not be written', async () => {
    const blocked = install(join(temporaryFolder(), 'file'), '')
    const { find } = machine({
      sources: [source('here', program)],
      cacheDir: join(blocked, 'below'),
    })
    await expect(find()).rejects.toMatchObject({
      code: 'binary_unavailable',
      message: expect.stringContaining("the cache can't be written"),
    })
  })

  it('Should stop at an abort instead of asking the next source', async () => {
    const control = new AbortController()
    const giveUp: BinarySource = {
      name: 'slow',
      fetch: () => {
        control.abort(new Error('given up'))
        return Promise.reject(new Error('aborted'))
      },
    }
    const { find } = machine({ signal: control.signal, sources: [giveUp, source('next', program)] })
    await expect(find()).rejects.toThrow('given up')
  })
})

describe('pins', () => {
  it.each(Object.entries(pins))('Should be complete for %s', (_, { program, release, wheel }) => {
    for (const sha256 of [program.sha256, wheel.sha256]) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(program.bytes).toBeGreaterThan(wheel.bytes)
    expect(release).toMatch(/^(linux|darwin)_(amd64|arm64)$/)
  })
})

describe('userCacheDir', () => {
  it.each([
    ['linux', { HOME: '/home/ada' }, '/home/ada/.cache/compozy'],
    ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Caches/compozy'],
    ['darwin', { HOME: '/Users/ada', XDG_CACHE_HOME: '/var/c' }, '/var/c/compozy'],
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: '' }, '/home/ada/.cache/compozy'],
    ['linux', { HOME: '/home/ada', XDG_CACHE_HOME: 'relative' }, '/home/ada/.cache/compozy'],
  ])('Should be on %s with %o %s', (platform, env, expected) => {
    expect(userCacheDir(env, platform)).toBe(expected)
  })
})
