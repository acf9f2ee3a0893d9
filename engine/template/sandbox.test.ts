import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** Every module of the repository that a module loads, itself included. */
function loaded(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const source = readFileSync(file, 'utf8')
  for (const [, from = ''] of source.matchAll(
    /^(?:import|export)(?! type)[^']*from '(\.[^']+)'/gms,
  ))
    loaded(fileURLToPath(new URL(from, `file://${file}`)), found)
  return found
}

const files = loaded(fileURLToPath(new URL('sandbox.ts', import.meta.url)))
const names = Array.from(files, (file) => file.split('/engine/')[1]!)

describe('What the workflow sandbox loads of templates', () => {
  it('Should be the evaluating side alone', () => {
    expect(names).toContain('template/evaluate/run-template.ts')
    expect(names).toContain('template/cel/library.ts')
    expect(
      names.filter((name) => /template\/(?:parse|check)\/(?!problem|syntax-tree)/.test(name)),
    ).toEqual([])
  })

  it.each([
    /'node:/,
    /Date\.now/,
    /Math\.random/,
    /new Date\(\)/,
    /\bprocess\.\w/,
    /Buffer\./,
    /Intl/,
    /toLocale/,
  ])('Should do without %s', (forbidden) => {
    // A named time zone is looked up in ICU either way: the library asks it by toLocaleString.
    const isZone = (file: string) => file.endsWith('cel/clock.ts') && forbidden.source === 'Intl'
    const users = [...files].filter(
      (file) => readFileSync(file, 'utf8').match(forbidden) && !isZone(file),
    )
    expect(users.map((file) => file.split('/engine/')[1])).toEqual([])
  })
})
