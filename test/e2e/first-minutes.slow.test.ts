import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findNodeFolder, nodeMajors } from '../../scripts/programs/node.ts'
import {
  engineFromTarball,
  libraryFromTarball,
  packInto,
  type FirstMinutes,
} from '../support/first-minutes.ts'

const root = resolve(import.meta.dirname, '../..')
const packed = { folder: '', engine: '', library: '' }

beforeAll(async () => {
  packed.folder = mkdtempSync(join(tmpdir(), 'compozy-packed-'))
  execFileSync('npm', ['run', '--silent', 'build:library'], { cwd: root, stdio: 'pipe' })
  packed.engine = await packInto(packed.folder, root)
  packed.library = await packInto(packed.folder, join(root, 'dist/library'))
}, 300_000)

afterAll(() => rmSync(packed.folder, { recursive: true, force: true }))

function show(what: string, minutes: FirstMinutes): FirstMinutes {
  console.log(
    `${what}: installed in ${minutes.installSeconds.toFixed(1)} s, metrics in ${minutes.metricsSeconds.toFixed(1)} s, ` +
      `${minutes.packages} packages, ${minutes.megabytes.toFixed(0)} MB`,
  )
  return minutes
}

describe('the packages, from the tarball to the first metrics', () => {
  it('Should take the engine from an empty folder and an empty home to a counted run', async () => {
    const minutes = show('engine', await engineFromTarball(packed.engine))
    expect(minutes.counted).toBe(1)
    expect(minutes.names).toContain('deno')
  })

  it('Should take the library there without Deno and without the SDK of Temporal', async () => {
    const library = { tarball: packed.library, name: '@compozy/monitoring' }
    const minutes = show('library', await libraryFromTarball(library))
    expect(minutes.counted).toBe(1)
    const heavy = minutes.names.filter((name) => /^deno$|^@deno|^@temporalio|^webpack/.test(name))
    expect(heavy).toEqual([])
  })

  // node-versions.slow.test.ts runs the engine on each.
  const newest = nodeMajors.slice(-1)
  it.each(newest)('Should install with --engine-strict and run on Node %i', async (major) => {
    const user = { nodeFolder: await findNodeFolder(major, process.env), cached: true }
    const engine = show(`engine, Node ${major}`, await engineFromTarball(packed.engine, user))
    expect(engine.counted).toBe(1)
    // The oldest Fastify that the package accepts.
    const library = { tarball: packed.library, name: '@compozy/monitoring', fastify: '5.0.0' }
    expect((await libraryFromTarball(library, user)).counted).toBe(1)
  })

  it('Should not find the library where it is not installed', async () => {
    const library = { tarball: packed.library, name: 'compozy/monitoring' }
    await expect(libraryFromTarball(library, { cached: true })).rejects.toThrow(
      "Cannot find package 'compozy'",
    )
  })

  it('Should pass publint and Are The Types Wrong', async () => {
    expect((await publint({ pkgDir: join(root, 'dist/library') })).messages).toEqual([])
    const types = await checkPackage(createPackageFromTarballData(readFileSync(packed.library)))
    const problems = (types.types === false ? [{ kind: 'NoTypes' }] : types.problems).filter(
      // CommonJS loads it by `import()`; node10 knows no `exports`.
      ({ kind, ...rest }) =>
        kind !== 'CJSResolvesToESM' &&
        !('resolutionKind' in rest && rest.resolutionKind === 'node10') &&
        !('entrypoint' in rest && String(rest.entrypoint).includes('package.json')),
    )
    expect(problems).toEqual([])
  })
})
