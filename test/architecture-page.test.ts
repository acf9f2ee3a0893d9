import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Hop {
  readonly file: string
  readonly symbol: string
  readonly link: string
}

/** The tables of a page that follow a run or a request from file to file. */
function flowsOf(page: string): Hop[][] {
  return page
    .split(/^\| file \| symbol .*$/m)
    .slice(1)
    .map((table) =>
      [...table.split('\n\n')[0]!.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| .* \| (.*) \|$/gm)].map(
        ([, file, symbol, link]) => ({ file: file!, symbol: symbol!, link: link! }),
      ),
    )
}

/** Reports whether a file imports another one, types and dynamic imports included. */
function importsFile(from: string, to: string): boolean {
  const specifiers = [...read(from).matchAll(/(?:from |import\()'(\.[^']+)'/g)]
  return specifiers.some(([, path]) => join(dirname(from), path!) === to)
}

/** Returns what is wrong with a hop and its link to the next one. */
function hopFault({ file, symbol, link }: Hop, next: Hop | undefined): string | undefined {
  if (!existsSync(join(root, file))) return `${file} does not exist`
  if (!new RegExp(`\\b${symbol}\\b`).test(read(file))) return `${file} has no ${symbol}`
  if (next === undefined) return link === 'end' ? undefined : `${file} is the last, but not the end`
  if (!existsSync(join(root, next.file))) return undefined
  const [, name] = /`([^`]+)`/.exec(link) ?? []
  if (link.startsWith('joined in ')) return joinFault(name!, file, next.file)
  if (link.startsWith('through ')) {
    const both = [file, next.file].every((each) => `${each}\n${read(each)}`.includes(name!))
    return both ? undefined : `${file} and ${next.file} do not share ${name}`
  }
  if (link !== 'import') return `${file} does not say how it meets ${next.file}`
  const linked = importsFile(file, next.file) || importsFile(next.file, file)
  return linked ? undefined : `${file} and ${next.file} do not import each other`
}

function joinFault(joint: string, ...files: string[]): string | undefined {
  if (!existsSync(join(root, joint))) return `${joint} does not exist`
  const missing = files.find((file) => file !== joint && !importsFile(joint, file))
  return missing === undefined ? undefined : `${joint} does not import ${missing}`
}

const faultsOf = (flow: readonly Hop[]): string[] =>
  flow.flatMap((hop, i) => hopFault(hop, flow[i + 1]) ?? [])

describe('the architecture page', () => {
  const page = read('docs/develop/architecture.md')
  const flows = flowsOf(page)

  it('Should follow the flows by files and symbols that exist and reach each other', () => {
    expect(flows.map((flow) => flow.length)).toEqual([15, 16, 5])
    expect(flows.flatMap(faultsOf)).toEqual([])
  })

  it('Should draw only files of its tables', () => {
    const drawn = [...page.matchAll(/\["([\w/.-]+\.ts)/g)].map(([, path]) => path!)
    const listed = flows.flat().map(({ file }) => file)
    expect(drawn.length).toBeGreaterThan(15)
    expect(drawn.filter((path) => !listed.some((file) => file.endsWith(`/${path}`)))).toEqual([])
  })

  it('Should list the layers in the order that the import rules have', () => {
    const listed = [...page.matchAll(/^\| `([\w/-]+?)(?:\/|(\.ts))` \| [^`]/gm)].map(
      ([, folder, extension = '']) => `engine/${folder}${extension}`,
    )
    const [, order = ''] = /const order = \[(.*?)\]/s.exec(read('test/architecture.test.ts')) ?? []
    const layers = [...order.matchAll(/'(engine\/[^']+)'/g)].map(([, layer]) => layer!)
    expect(listed).toEqual(layers)
  })

  it.each([
    [{ file: 'engine/gone.ts', symbol: 'x', link: 'import' }, 'does not exist'],
    [{ file: 'engine/executions.ts', symbol: 'gone', link: 'import' }, 'has no gone'],
    [
      { file: 'engine/core/errors.ts', symbol: 'CompozyError', link: 'import' },
      'do not import each other',
    ],
    [
      { file: 'engine/core/errors.ts', symbol: 'CompozyError', link: 'through luck, by `luck`' },
      'do not share luck',
    ],
    [
      { file: 'engine/core/errors.ts', symbol: 'CompozyError', link: 'joined in `cli/exit.ts`' },
      'does not import engine/tool/runner.ts',
    ],
  ])('Should notice a broken hop: %o', (hop, fault) => {
    const next = { file: 'engine/tool/runner.ts', symbol: 'ToolRunner', link: 'end' }
    expect(faultsOf([hop, next])[0]).toContain(fault)
  })
})
