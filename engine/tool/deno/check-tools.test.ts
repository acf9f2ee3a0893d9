import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defined } from '../../core/defined.ts'
import { formatDiagnostic } from '../../core/source.ts'
import { checkTools } from './check-tools.ts'
import { readModules } from './read-modules.ts'

const excerpt = 'execute: ./tool'
const named = { place: { file: 'compozy.yaml', line: 3, column: 10, length: 6 }, excerpt }

interface Setup {
  readonly tools?: readonly string[]
  readonly nodeModules?: boolean
}

/** Checks files as a project whose tools these are; by default each file. */
async function check(
  texts: Readonly<Record<string, string | Buffer>>,
  { tools = Object.keys(texts), nodeModules = false }: Setup = {},
): Promise<readonly string[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'compozy tools, é%20-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  const modules = tools.map((execute) => {
    const [name = '', exportName] = execute.split('#')
    return defined({ file: join(cwd, name), execute: `./${execute}`, named, exportName })
  })
  const before = readdirSync(cwd, { recursive: true })
  const files = [...new Set(modules.map(({ file }) => file))]
  const reading = await readModules({ files, projectDir: cwd, nodeModules })
  const found = checkTools(modules, reading!, cwd)
  // A check leaves nothing behind.
  expect(readdirSync(cwd, { recursive: true })).toEqual(before)
  return found.map(formatDiagnostic)
}

describe('the syntax of tools', () => {
  it('Should point at the place where a tool does not parse', async () => {
    expect(
      await check({ 'price.ts': 'export const one = 1\nexport default () => ({ a: })\n' }),
    ).toEqual([
      expect.stringContaining(
        [
          'price.ts:2:28: error: this tool does not parse: Expression expected',
          '  2 | export default () => ({ a: })',
          '    |                            ^',
        ].join('\n'),
      ),
    ])
  })

  it('Should report each file that does not parse, and no other', async () => {
    const found = await check({
      'good.ts': 'export default (input: { a: number }) => input.a satisfies number\n',
      'plain.js': 'export  default () => 1\n',
      'markup.js': 'export default () => <div/>\n',
      'open.ts': 'export default () => {\n',
      'word.js': 'functoin run() {}\n',
    })
    expect(new Set(found.map((text) => text.split(':', 1)[0]))).toEqual(
      new Set(['markup.js', 'open.ts', 'word.js']),
    )
  })

  it('Should leave style and types to others', async () => {
    const text = "var x: number = 'text'\ndebugger\nexport  default x"
    expect(await check({ 'tool.ts': text })).toEqual([])
  })

  it('Should point into an imported file that does not parse, once', async () => {
    const found = await check(
      {
        'a.ts': "import './lib/index.ts'\nexport default () => 1\n",
        'b.ts': "export { tax as default } from './lib/tax.ts'\n",
        'lib/index.ts': "export * from './tax.ts'\n",
        'lib/tax.ts': '// Rates\nexport const tax = (\n',
      },
      { tools: ['a.ts', 'b.ts'] },
    )
    expect(found).toEqual([
      [
        `${join('lib', 'tax.ts')}:2:21: error: this file does not parse: Expression expected`,
        '  2 | export const tax = (',
        '    |                     ^',
        '  the tool b.ts imports it',
      ].join('\n'),
    ])
  })
})

describe('the imports of tools', () => {
  it('Should point at each import of a file that does not exist', async () => {
    const found = await check(
      {
        'a.ts': "import { tax } from './lib/tx.ts'\nexport default () => tax\n",
        'b.ts': "export { run } from './lib/index.ts'\n",
        'lib/index.ts': "import { x } from '../gone/x.js'; export const run = () => x\n",
        'lib/tax.ts': 'export const tax = 1\n',
      },
      { tools: ['a.ts', 'b.ts'] },
    )
    expect(found).toEqual([
      [
        'a.ts:1:21: error: the imported file ./lib/tx.ts does not exist',
        "  1 | import { tax } from './lib/tx.ts'",
        '    |                     ^^^^^^^^^^^^^',
        '  the nearest in that folder is tax.ts',
      ].join('\n'),
      [
        `${join('lib', 'index.ts')}:1:19: error: the imported file ../gone/x.js does not exist`,
        "  1 | import { x } from '../gone/x.js'; export const run = () => x",
        '    |                   ^^^^^^^^^^^^^^',
        '  its folder does not exist either',
      ].join('\n'),
    ])
  })

  it.each([
    ['types alone', "import type { A } from './gone.ts'\n"],
    ['types of a file that does not parse', "import type { A } from './broken.txt.ts'\n"],
    ['a part that is loaded when it is needed', "export const late = () => import('./gone.ts')\n"],
    [
      'a part that is loaded when its name is known',
      'export const l = (x) => import(`./${x}.ts`)\n',
    ],
    [
      'packages and URLs',
      "import 'npm:zod'\nimport 'jsr:@std/path'\nimport 'https://x.example/y.ts'\n",
    ],
    ['names of an import map', "import { a } from 'a/'\nimport b from '#b'\n"],
    ['builtin modules', "import 'node:fs'\n"],
    ['files outside the project', "import '../../gone.ts'\nimport 'file:///gone.ts'\n"],
    ['hidden files', "import './.hidden/gone.ts'\n"],
    ['an encoded slash', "import './a%2Fb.ts'\n"],
    ['a lone percent sign', "import './50%off.ts'\n"],
    ['a host', "import 'file://host/x.ts'\n"],
    ['local packages', "import './node_modules/gone/index.js'\n"],
    ['data', "import data from './data.json' with { type: 'json' }\nvoid data\n"],
  ])('Should leave an import of %s to the run', async (_, text) => {
    const files = {
      'tool.ts': `${text}export default () => 1\n`,
      'broken.txt.ts': 'export type = (',
      'data.json': '{ "a": 1 }',
    }
    expect(await check(files, { tools: ['tool.ts'] })).toEqual([])
    const withPackages = { tools: ['tool.ts'], nodeModules: true }
    expect(await check({ ...files, 'package.json': '{}' }, withPackages)).toEqual([])
  })

  it.each(['text', 'bytes'])('Should not parse a file that is imported as %s', async (type) => {
    const tool = (attributes: string) =>
      `import page from './page.js'${attributes}\nexport default () => page\n`
    const checkPage = (text: string) =>
      check({ 'tool.ts': text, 'page.js': '<% no program' }, { tools: ['tool.ts'] })
    expect(await checkPage(tool(` with { type: '${type}' }`))).toEqual([])
    expect(await checkPage(tool(''))).toEqual([
      expect.stringContaining('page.js:1:2: error: this file does not parse'),
    ])
  })

  it('Should point at the import of a missing file beside local packages', async () => {
    const files = {
      'tool.ts': "import './gone.ts'\nexport default () => 1\n",
      'package.json': '{}',
    }
    expect(await check(files, { tools: ['tool.ts'], nodeModules: true })).toEqual([
      expect.stringContaining('tool.ts:1:8: error: the imported file ./gone.ts does not exist'),
    ])
  })

  it('Should accept local packages and files of CommonJS', async () => {
    const files = {
      'tool.ts':
        "import { one } from 'one'\nimport two from './two.cjs'\nexport default () => one + two\n",
      'two.cjs': "try { require('./gone.js') } catch {}\nmodule.exports = 2\n",
      'package.json': '{ "dependencies": { "one": "1.0.0" } }',
      'node_modules/one/package.json': '{ "name": "one", "version": "1.0.0", "main": "index.js" }',
      'node_modules/one/index.js': 'exports.one = 1',
    }
    expect(await check(files, { tools: ['tool.ts'], nodeModules: true })).toEqual([])
  })
})

describe('the exports of tools', () => {
  it('Should name the exports there are where the one that execute names is missing', async () => {
    const found = await check(
      {
        'price.ts':
          'const total = 1\nexport const sum = () => total, totla = 2\nexport { sum as all }\n',
      },
      { tools: ['price.ts#total'] },
    )
    expect(found).toEqual([
      [
        'compozy.yaml:3:10: error: price.ts has no export "total"',
        '  3 | execute: ./tool',
        '    |          ^^^^^^',
        '  it exports sum, all',
      ].join('\n'),
    ])
  })

  it.each([
    ['export const totals = () => 1', 'price.ts#total', 'did you mean "totals"?'],
    ['export const sum = () => 1', 'price.ts', 'neither a default export nor an export "run"'],
    ['export const sum = () => 1', 'price.ts', 'it exports sum; write ./price.ts#sum'],
    ['export type total = number', 'price.ts#total', 'it exports nothing'],
    ['const run = () => 1', 'price.ts', 'it exports nothing'],
  ])('Should refuse %j as %s: %s', async (text, tool, expected) => {
    expect(await check({ 'price.ts': text }, { tools: [tool] })).toEqual([
      expect.stringContaining(expected),
    ])
  })

  it.each([
    ['export const run = () => 1', 'price.ts'],
    ['export default () => 1', 'price.ts#default'],
    ['const sum = () => 1; export { sum as total }', 'price.ts#total'],
    ['export * from "./lib.ts"', 'price.ts#total'],
    ['export const { total } = { total: () => 1 }', 'price.ts#total'],
  ])('Should accept %j as %s', async (text, tool) => {
    expect(await check({ 'price.ts': text, 'lib.ts': '' }, { tools: [tool] })).toEqual([])
  })

  it.each([
    ['little-endian', (text: Buffer) => text],
    ['big-endian', (text: Buffer) => text.swap16()],
  ])('Should say nothing about UTF-16, %s', async (_, order) => {
    const text = '\uFEFFexport const run = () => 1\n'
    expect(await check({ 'price.ts': order(Buffer.from(text, 'utf16le')) })).toEqual([])
    expect(await check({ 'price.ts': '\uFEFFconst run = () => 1\n' })).toEqual([
      expect.stringContaining('it exports nothing'),
    ])
  })

  it('Should report the error of a file that does not parse instead', async () => {
    expect(await check({ 'price.ts': 'exprot default () => 1' })).toEqual([
      expect.stringContaining('price.ts:1:8: error: this tool does not parse'),
    ])
  })
})

describe('checkTools', () => {
  it('Should check nothing where there are no tools', async () => {
    expect(await check({})).toEqual([])
  })

  it('Should check more tools than one command line holds', async () => {
    const texts = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [`tools/tool-${i}.ts`, 'export default () => 1\n']),
    )
    const last = { 'tools/tool-899.ts': 'export const sum = 1\n' }
    expect(await check({ ...texts, ...last })).toEqual([
      expect.stringContaining('tool-899.ts has neither'),
    ])
  })
})
