import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allFamilies, coreFamilies } from '../engine/infra/monitoring/catalogue.ts'
import { referencePages } from '../scripts/reference-pages.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
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

const scripts = Object.keys(
  (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts,
)

/** Each command line of the page's `sh` blocks. */
const commandsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!.split('\n').filter((line) => /^[a-z]/.test(line)),
  )

/** Reports whether a checkout has the program or script that a command line runs. */
function runsInCheckout(command: string): boolean {
  const [program, first, second] = command.split(/\s+/)
  if (program === 'npm') return scripts.includes(first === 'run' ? commandName(command) : first!)
  return program === 'curl' || (program === 'npx' && second !== undefined)
}

const commandName = (command: string): string => /run (?:--\S+ )*(\S+)/.exec(command)![1]!

const generated = await referencePages()

describe('documentation', () => {
  it.each(Object.entries(generated))(
    'Should have a current %s (else: npm run docs)',
    (path, text) => {
      expect(read(path)).toBe(text)
    },
  )

  it('Should give the statuses of HTTP itself to input_invalid alone', () => {
    const rows = read('docs/reference/errors.md').matchAll(/^\| `(\w+)` \| .* \| (.+) \| \d \|$/gm)
    const statuses = new Map([...rows].map(([, code, status]) => [code!, status!]))
    expect(statuses.get('input_invalid')).toBe(
      '400; 408, 417 or 431 where HTTP itself refuses the request',
    )
    statuses.delete('input_invalid')
    expect(statuses.size).toBeGreaterThan(20)
    expect([...statuses.values()].filter((status) => !/^\d{3}$/.test(status))).toEqual([])
  })

  it.each(pages)('Should lead nowhere that is missing from %s', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!)
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  it.each(pages)('Should lead to no heading that is missing from %s', (page) => {
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
    expect(named).toEqual(Object.values(coreFamilies).map(({ name }) => name))
  })

  it('Should describe in CONTRIBUTING every script of package.json, and no other', () => {
    const described = [...read('CONTRIBUTING.md').matchAll(/^\| `npm (?:run )?([\w:]+)/gm)].map(
      ([, name]) => name!,
    )
    expect(described.toSorted()).toEqual(scripts.toSorted())
  })

  it.each(['README.md', 'bench/README.md', ...markdownBelow('examples')])(
    'Should show in %s only commands that a checkout has',
    (page) => {
      expect(commandsOf(read(page)).filter((command) => !runsInCheckout(command))).toEqual([])
    },
  )

  it('Should notice a command that a checkout does not have', () => {
    const page = '```sh\ncompozy run order\nnpm run nothing\nnpm run compozy -- validate\n```\n'
    const missing = commandsOf(page).filter((command) => !runsInCheckout(command))
    expect(missing).toEqual(['compozy run order', 'npm run nothing'])
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
