import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Folders of the engine in their order: each may import only itself and those before it. */
const order = [
  'promql',
  'engine/core',
  'engine/schema',
  'engine/template',
  'engine/definition',
  'engine/kinds',
  'engine/compiler',
  'engine/interpreter',
  'engine/executions.ts',
  'engine/run-logs.ts',
  'engine/project',
  'engine/tool',
  'engine/infra/monitoring',
  'engine/infra/temporal',
  'engine/infra/run-logs',
  'engine/infra/server',
  'engine/worker',
  'engine/config',
  'engine/assembly',
  'engine/engine.ts',
  'cli',
  'page',
]

/** Exceptions to the order, each with its reason. */
const only: Readonly<Record<string, readonly string[]>> = {
  // A sink: nothing of the engine may leak into the mission.
  'engine/infra/monitoring': ['engine/core'],
  // A client of the public API and of the scrape: what it can do, a script can. It reads what is
  // typed into it as the API would.
  page: ['promql', 'engine/core'],
}

/**
 * Doors: from outside, a folder is entered through these files alone. Monitoring's are the two that
 * the package exports, and `config.ts`, which engine/config composes.
 */
const doors: Readonly<Record<string, readonly string[]>> = {
  'engine/infra/monitoring': ['public/index.ts', 'sandbox.ts', 'config.ts'],
}

/**
 * Who may import a package that not everybody may. Packages that are not listed are free to all but
 * the pure folders.
 */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@opentelemetry/': ['engine/infra/monitoring'],
  '@temporalio/': ['engine/infra/monitoring', 'engine/infra/temporal', 'engine/worker'],
  fastify: ['engine/infra/monitoring', 'engine/infra/server'],
  '@fastify/': ['engine/infra/server'],
  yaml: ['engine/project', 'cli'],
  ajv: ['engine/project'],
  zod: ['engine/infra/server', 'engine/tool'],
  'pprof-format': ['engine/infra/server'],
  chokidar: ['cli'],
  '@bufbuild/cel': ['engine/template'],
  '@bufbuild/re2': ['engine/template'],
  '@noble/hashes': ['engine/template'],
}

/** Packages without Node, which the workflow sandbox can load. */
const sandboxPackages = ['@bufbuild/cel', '@bufbuild/re2', '@noble/hashes/sha2.js']

/** The SDK's packages that its sandbox loads. */
const temporalSandboxPackages = ['@temporalio/workflow', '@temporalio/common']

/** Folders whose code runs in Temporal's sandbox or must stay free of the machine. */
const pure = [
  'engine/core',
  'engine/schema',
  'engine/template',
  'engine/definition',
  'engine/kinds',
  'engine/compiler',
  'engine/interpreter',
]

interface Import {
  readonly file: string
  readonly specifier: string
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'))
    .filter(
      (name) => !/\/(fixtures|testing|sandbox)\//.test(name) && !name.endsWith('test-support.ts'),
    )
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const pattern = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(pattern)].map(([, specifier]) => ({ file, specifier: specifier! }))
}

function folderOf(file: string): string {
  return order.find((folder) => file === folder || file.startsWith(`${folder}/`)) ?? dirname(file)
}

/** Each broken edge as a sentence; empty means the architecture holds. */
function violations(imports: readonly Import[]): string[] {
  const found: string[] = []
  for (const { file, specifier } of imports) {
    const from = folderOf(file)
    if (specifier.startsWith('.')) {
      const target = relative(root, resolve(root, dirname(file), specifier))
      const to = folderOf(target)
      if (to === from) continue
      const allowed = only[from] ?? order.slice(0, order.indexOf(from))
      const isConfig = from === 'engine/config' && target.endsWith('/config.ts')
      if (!isConfig && !allowed.includes(to))
        found.push(`${file} imports ${target}: ${from} stands before ${to}`)
      const entrance = doors[to]?.map((door) => `${to}/${door}`)
      if (entrance !== undefined && !entrance.includes(target))
        found.push(`${file} imports ${target}: not a door of ${to}`)
      continue
    }
    if (
      pure.includes(from) &&
      !sandboxPackages.includes(specifier) &&
      !specifier.startsWith('@bufbuild/protobuf')
    )
      found.push(`${file} imports ${specifier}: ${from} is pure`)
    for (const [name, owners] of Object.entries(packages)) {
      const matches = name.endsWith('/')
        ? specifier.startsWith(name)
        : specifier === name || specifier.startsWith(`${name}/`)
      if (matches && !owners.includes(from))
        found.push(`${file} imports ${specifier}: only ${owners.join(', ')} may`)
    }
  }
  return found
}

/** Imports and exports of values from files here. */
const valueImport = /(?:^|\n)\s*(?:import|export)\s+(?!type\b)[^;'"]*?from\s+['"](\.[^'"]+)['"]/g

/** Imports of types, and dynamic ones, too. */
const anyImport = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g

/** Every file that `entry` reaches. */
function closure(entry: string, seen = new Set<string>(), pattern = valueImport): Set<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const [, specifier] of readFileSync(join(root, entry), 'utf8').matchAll(pattern))
    closure(relative(root, resolve(root, dirname(entry), specifier!)), seen, pattern)
  return seen
}

/** More siblings than this, and `ls` no longer says what a folder does. */
const mostSiblings = 20

/** Folders with too many files, tests aside. */
function crowded(files: readonly string[]): string[] {
  const sizes = new Map<string, number>()
  for (const file of files) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1)
  return [...sizes]
    .filter(([, size]) => size > mostSiblings)
    .map(([folder, size]) => `${folder}: ${size} files`)
}

/** What ships; page/build runs when the page is built. */
const all = ['promql', 'engine', 'cli', 'page']
  .flatMap((folder) => sources(folder))
  .filter((file) => !file.startsWith('page/build/'))
  .flatMap(importsOf)

describe('architecture', () => {
  it('Should have only imports that point to folders above, through their doors, of packages that are allowed', () => {
    expect(violations(all)).toEqual([])
  })

  it('Should import the library of CEL in one module, which the CLI loads late', () => {
    const large = ['@bufbuild/cel', '@bufbuild/re2']
    const importers = all.filter(({ specifier }) => large.includes(specifier))
    expect(new Set(importers.map(({ file }) => file))).toEqual(
      new Set(['engine/template/cel/library.ts']),
    )
  })

  it.each([
    ['an import against the order', 'engine/core/x.ts', '../definition/task-ir.ts'],
    [
      'an import of the engine by monitoring',
      'engine/infra/monitoring/x.ts',
      '../../definition/workflow-ir.ts',
    ],
    ['an import around a door', 'engine/worker/x.ts', '../infra/monitoring/catalogue.ts'],
    ['an import of the inner service', 'engine/assembly/x.ts', '../infra/monitoring/index.ts'],
    ['OpenTelemetry outside monitoring', 'engine/infra/server/x.ts', '@opentelemetry/api'],
    ['Node in a pure folder', 'engine/template/x.ts', 'node:fs'],
  ])('Should name %s', (_, file, specifier) => {
    expect(violations([{ file, specifier }])).toHaveLength(1)
  })

  it('Should keep the engine, projects and the CLI out of everything that the library imports', () => {
    const { exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, { readonly default?: string } | string>
    }
    const doors = Object.values(entries).flatMap((entry) =>
      typeof entry === 'string' || entry.default === undefined ? [] : [entry.default],
    )
    const files = doors.flatMap((door) => [
      ...closure(door.replace('./dist/', '').replace(/\.js$/, '.ts'), undefined, anyImport),
    ])
    expect(doors).toHaveLength(2)
    expect(files).toContain('engine/infra/monitoring/exposition/exposition.ts')
    const foreign = files.filter(
      (file) => !['engine/infra/monitoring', 'engine/core'].includes(folderOf(file)),
    )
    expect(foreign).toEqual([])
    const names = files.flatMap(importsOf).map(({ specifier }) => specifier)
    const others = names.filter(
      (name) =>
        !/^(\.|node:|@opentelemetry\/|@temporalio\/|@bufbuild\/protobuf\/wire$|fastify$)/.test(
          name,
        ),
    )
    expect(others).toEqual([])
  })

  it('Should keep Node and heavy packages out of everything that the workflow sandbox loads', () => {
    const files = [
      ...closure('engine/worker/workflows.ts'),
      ...closure('engine/infra/monitoring/sandbox.ts'),
    ]
    const foreign = files
      .flatMap(importsOf)
      .filter(({ file, specifier }) => !specifier.startsWith('.') && isValueImport(file, specifier))
      .filter(({ specifier }) => !temporalSandboxPackages.includes(specifier))
      .filter(({ specifier }) => !sandboxPackages.includes(specifier))
    expect(foreign).toEqual([])
    expect(files).toContain('engine/interpreter/interpret.ts')
  })

  it('Should load no package but one small one, and little of the engine, before a command is known', () => {
    const files = [...closure('cli/bin.ts')]
    const loaded = files
      .flatMap(importsOf)
      .filter(({ file, specifier }) => !specifier.startsWith('.') && isValueImport(file, specifier))
      .map(({ specifier }) => specifier)
    expect(new Set(loaded.filter((name) => !name.startsWith('node:')))).toEqual(
      new Set(['fast-string-truncated-width']),
    )
    expect(files.length).toBeLessThan(25)
    expect(files).toContain('cli/commands/index.ts')
    expect(files).not.toContain('engine/config/config.ts')
  })

  it('Should load only what reads and checks files for validate', () => {
    const files = [...closure('cli/session.ts')]
    const loaded = files
      .flatMap(importsOf)
      .filter(({ specifier }) => /^@?\w[\w./-]*$/.test(specifier))
      .filter(({ file, specifier }) => isValueImport(file, specifier))
      .map(({ specifier }) => specifier)
    expect([...new Set(loaded)].toSorted()).toEqual([
      '@bufbuild/cel',
      '@bufbuild/re2',
      '@noble/hashes/sha2.js',
      'ajv-formats/dist/formats.js',
      'croner',
      'tinyglobby',
      'yaml',
    ])
    expect(files).toContain('engine/compiler/compile-workflow.ts')
    expect(files).not.toContain('cli/logger.ts')
  })

  it('Should have no folder with more files than one can take in at once', () => {
    expect(crowded([...sources('engine'), ...sources('cli')])).toEqual([])
    const pile = Array.from({ length: 21 }, (_, index) => `engine/pile/${index}.ts`)
    expect(crowded(pile)).toEqual(['engine/pile: 21 files'])
  })

  it('Should keep the clock and chance out of what must be deterministic', () => {
    const files = [...closure('engine/interpreter/interpret.ts')]
    const impure = files.filter((file) =>
      /\b(Date\.now|Math\.random|performance\.now)\b/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(impure).toEqual([])
  })
})

function isValueImport(file: string, specifier: string): boolean {
  const text = readFileSync(join(root, file), 'utf8')
  return !new RegExp(`import type [^;'"]*['"]${specifier.replaceAll('/', '\\/')}['"]`).test(text)
}
