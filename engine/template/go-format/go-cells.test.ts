import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../core/json.ts'
import { renderTemplate } from '../evaluate/evaluate.ts'
import { parseTemplate } from '../parse/parse-template.ts'
import { place } from '../testing/render.ts'

/** One call with the result that Go gave: see fixtures/go-formats/main.go. */
type GoCell = readonly [args: readonly JsonValue[], result: JsonValue]

/** A difference that docs/reference/template-functions.md explains. */
interface Difference {
  readonly function: string
  /** The heading of the explanation. */
  readonly explained: string
  readonly cells: readonly (readonly [args: readonly JsonValue[], ours: JsonValue])[]
}

function read(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/go-formats/${name}`, import.meta.url), 'utf8'),
  )
}

const { cells } = read('cells.json') as { cells: Readonly<Record<string, readonly GoCell[]>> }
const differences = read('differences.json') as readonly Difference[]
const page = readFileSync(
  new URL('../../../docs/reference/template-functions.md', import.meta.url),
  'utf8',
)

function evaluate(name: string, args: readonly JsonValue[]): JsonValue {
  const roots = Object.fromEntries(args.map((arg, index) => [`a${index}`, arg]))
  const expression = [name, ...args.map((_, index) => `.a${index}`)].join(' ')
  const scope = { roots, now: 0, uuid: () => '' }
  return renderTemplate(parseTemplate(`{{ ${expression} }}`, place), scope)
}

function different(name: string, table: readonly GoCell[]): [readonly JsonValue[], JsonValue][] {
  return table.flatMap(([args, result]) => {
    const ours = evaluate(name, args)
    return JSON.stringify(ours) === JSON.stringify(result) ? [] : [[args, ours] as const]
  }) as [readonly JsonValue[], JsonValue][]
}

describe('What Go gives', () => {
  it.each(Object.entries(cells))(
    'Should be what %s gives, but for what is listed',
    (name, table) => {
      const listed = differences.filter((entry) => entry.function === name)
      expect(different(name, table)).toEqual(listed.flatMap((entry) => entry.cells))
    },
  )

  it('Should cover thousands of cells', () => {
    expect(cells['printf']!.length).toBeGreaterThan(6_000)
    expect(cells['date']!.length).toBeGreaterThan(2_000)
  })

  it('Should notice a cell that differs', () => {
    expect(different('printf', [[['%.2f', 0.125], '0.13']])).toEqual([[['%.2f', 0.125], '0.12']])
  })

  it.each(differences.map((entry) => [entry.function, entry.explained] as const))(
    'Should explain how %s differs: %s',
    (_, explained) => {
      expect(page).toContain(explained)
    },
  )
})
