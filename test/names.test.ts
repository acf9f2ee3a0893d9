import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/**
 * Source files of the engine by path; tests, fixtures and the code inside Deno are programs of
 * their own.
 */
function engineSources(): Map<string, string> {
  const names = readdirSync(join(root, 'engine'), { recursive: true, encoding: 'utf8' })
  const sources = names.filter(
    (name) =>
      name.endsWith('.ts') &&
      !/\.test\.ts$|(^|\/)(fixtures|testing|sandbox)\//.test(`engine/${name}`),
  )
  return new Map(
    sources.map((name) => [`engine/${name}`, readFileSync(join(root, 'engine', name), 'utf8')]),
  )
}

/** Names that a module declares at its top level: every type, and each exported value. */
function declaredNames(source: string): string[] {
  const types = /^(?:export )?(?:declare )?(?:abstract )?(?:type|interface|class) (\w+)/gm
  const values = /^export (?:const|let|(?:async )?function\*?) (\w+)/gm
  return [...source.matchAll(types), ...source.matchAll(values)].map(([, name]) => name!)
}

/** Names that two modules declare, each with its files. */
function sharedNames(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const files = new Map<string, string[]>()
  for (const [file, source] of sources)
    for (const name of new Set(declaredNames(source)))
      files.set(name, [...(files.get(name) ?? []), file])
  return new Map([...files].filter(([, where]) => where.length > 1))
}

describe('one name, one meaning', () => {
  const shared = sharedNames(engineSources())

  it('Should declare each exported name and each type once in the engine', () => {
    expect([...shared].map(([name, files]) => `${name}: ${files.join(', ')}`)).toEqual([])
  })

  it('Should notice a type, a class and a constant that a second file declares', () => {
    const planted = new Map([
      [
        'a.ts',
        'interface Report {}\nexport class Source {}\nexport const limit = 1\nconst own = 1\n',
      ],
      [
        'b.ts',
        'export type Report = string\nclass Source {}\nexport const limit = 2\nconst own = 2\n',
      ],
    ])
    expect([...sharedNames(planted).keys()]).toEqual(['Report', 'Source', 'limit'])
  })

  it('Should accept a name that one file uses and another declares', () => {
    const sound = new Map([
      ['a.ts', 'export type Report = string\n'],
      [
        'b.ts',
        "import type { Report } from './a.ts'\nexport type { Report }\nconst x: Report = ''\n",
      ],
    ])
    expect([...sharedNames(sound).keys()]).toEqual([])
  })
})
