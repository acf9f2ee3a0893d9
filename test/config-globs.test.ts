import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { describe, expect, it } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'
import unitConfig from '../vitest.config.ts'
import slowConfig from '../vitest.slow.config.ts'

const root = resolve(import.meta.dirname, '..')
const readJson = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'))

/** Folders that exist only after a build or a test run. */
const ignored = ['dist', 'dist/**', 'coverage', 'coverage/**', 'node_modules']

interface KnipConfig {
  readonly entry: readonly string[]
  readonly project: readonly string[]
  readonly ignore?: readonly string[]
}

interface OxlintConfig {
  readonly overrides: readonly { readonly files: readonly string[] }[]
  readonly ignorePatterns: readonly string[]
}

interface TsConfig {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

/** The patterns of test files that the projects of a configuration include. */
const includedBy = ({ test }: ViteUserConfig): readonly string[] =>
  (test?.projects ?? []).flatMap((project) =>
    typeof project === 'object' && 'test' in project ? (project.test?.include ?? []) : [],
  )

/** Each pattern that a tool's configuration names, by file. */
function patternsByFile(): Record<string, readonly string[]> {
  const knip = readJson('knip.json') as KnipConfig
  const oxlint = readJson('.oxlintrc.json') as OxlintConfig
  const oxfmt = readJson('.oxfmtrc.json') as { readonly ignorePatterns: readonly string[] }
  const tsconfigs = ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.bench.json'].map((file) => {
    const { include = [], exclude = [] } = readJson(file) as TsConfig
    return [file, [...include, ...exclude]] as const
  })
  return {
    'knip.json': [...knip.entry, ...knip.project, ...(knip.ignore ?? [])],
    '.oxlintrc.json': [...oxlint.overrides.flatMap(({ files }) => files), ...oxlint.ignorePatterns],
    '.oxfmtrc.json': oxfmt.ignorePatterns,
    'vitest.config.ts': includedBy(unitConfig),
    'vitest.slow.config.ts': includedBy(slowConfig),
    ...Object.fromEntries(tsconfigs),
  }
}

/** Patterns that match no file, as a file, a glob or a folder. */
async function deadPatterns(patterns: readonly string[]): Promise<string[]> {
  const dead: string[] = []
  for (const pattern of patterns.filter((each) => !ignored.includes(each))) {
    const options = { cwd: root, dot: true, ignore: ['**/node_modules/**', 'dist/**'] }
    const files = await glob([pattern, `${pattern}/**`], options)
    if (files.length === 0) dead.push(pattern)
  }
  return dead
}

describe('the configuration of the tools', () => {
  it.each(Object.entries(patternsByFile()))(
    'Should name in %s only files that exist',
    async (_, patterns) => {
      expect(patterns.length).toBeGreaterThan(0)
      expect(await deadPatterns(patterns)).toEqual([])
    },
  )

  it('Should notice a pattern without files', async () => {
    expect(await deadPatterns(['engine/task/**', 'engine/core', 'gone.ts', 'cli/bin.ts'])).toEqual([
      'engine/task/**',
      'gone.ts',
    ])
  })
})
