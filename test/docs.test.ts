import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allFamilies, requiredFamilies } from '../engine/infra/monitoring/catalogue.ts'
import { referencePages } from '../scripts/reference-pages.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...markdownBelow('docs'),
  ...markdownBelow('examples'),
  ...markdownBelow('engine'),
]

function markdownBelow(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
}

/** Headings as links name them. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

const generated = await referencePages()

describe('documentation', () => {
  it.each(Object.entries(generated))(
    'Should have a current %s (else: npm run docs)',
    (path, text) => {
      expect(read(path)).toBe(text)
    },
  )

  it.each(pages)('Should lead nowhere that is not there from %s', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!)
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  it.each(pages)('Should lead to no heading that is not there from %s', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)]
    const lost = links.filter(([, file, heading]) => {
      const target = file === '' ? page : join(dirname(page), file!)
      return !headingsOf(read(target)).includes(heading!)
    })
    expect(lost.map(([link]) => link)).toEqual([])
  })

  it('Should name in README exactly the families that every version has', () => {
    const named = [...read('README.md').matchAll(/^\| `(compozy_\w+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(named).toEqual(Object.values(requiredFamilies).map(({ name }) => name))
  })

  it('Should use in the queries of the operating page only names that are exported', () => {
    const names = new Set(
      allFamilies.flatMap(({ name, kind }) =>
        kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    )
    const used = [...read('docs/operate/monitoring.md').matchAll(/\bcompozy_[a-z_]+/g)].map(
      ([name]) => name,
    )
    expect(used.length).toBeGreaterThan(5)
    expect(used.filter((name) => !names.has(name))).toEqual([])
  })
})
