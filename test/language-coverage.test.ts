import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/develop/language-coverage.md')
const rows = page.split('\n').filter((line) => /^\| (?!rule )/.test(line))

/** Every test that a row names: its file, and the text that stands in it. */
const named = rows.flatMap((row) =>
  [...row.matchAll(/`([\w-]+(?:\.[\w-]+)+)`((?: “[^”]+”,?)+)/g)].flatMap(([, file, texts]) =>
    [...texts!.matchAll(/“([^”]+)”/g)].map(([, text]) => ({ file: file!, text: text! })),
  ),
)
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')

/**
 * Whether a text stands there as a whole: a title or a row in quotes, or the title of a case in a
 * corpus.
 */
function holds(source: string, text: string): boolean {
  // In TypeScript an apostrophe may stand behind a backslash.
  const plain = source.replaceAll("\\'", "'")
  return (
    plain.includes(`=== ${text}\n`) ||
    ["'", '"', '`'].some((quote) => plain.includes(quote + text + quote))
  )
}

describe('language rules and their tests', () => {
  it.each(named)('Should find “$text” in $file', ({ file, text }) => {
    const paths = tracked.filter((path) => basename(path) === file)
    expect(paths).not.toEqual([])
    expect(paths.some((path) => holds(read(path), text))).toBe(true)
  })

  it('Should name for every rule a test and one of its limit', () => {
    const incomplete = rows.filter((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(2, 4)
        .some((cell) => !cell.includes('“')),
    )
    expect(incomplete).toEqual([])
    expect(rows.length).toBeGreaterThan(70)
  })

  it('Should name another test for the limit than for the rule', () => {
    const cells = rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    expect(cells.filter(([, , rule, limit]) => rule === limit)).toEqual([])
  })

  it('Should have rules of every kind of task', () => {
    const kinds = [...read('docs/reference/language.md').matchAll(/^### (.+)$/gm)].flatMap(
      ([, names]) => names!.split(', '),
    )
    expect(kinds).toHaveLength(10)
    expect(kinds.filter((kind) => !page.includes(`\n| ${kind}: `))).toEqual([])
  })

  it.each([
    ["it('Should do it', run)", 'Should do it', true],
    ["it('Should do what isn\\'t easy', run)", "Should do what isn't easy", true],
    ['{ should: "do it" }', 'do it', true],
    ['\n=== Should do it\n', 'Should do it', true],
    ["it('Should do it twice', run)", 'Should do it', false],
    ['// Should do it', 'Should do it', false],
  ])('Should know a title when it sees one: %s, %s', (source, text, expected) => {
    expect(holds(source, text)).toBe(expected)
  })

  it('Should have a table for every chapter of the language', () => {
    const chapters = (text: string) =>
      [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(chapters(page)).toEqual(['The files', ...chapters(read('docs/reference/language.md'))])
  })

  it('Should read each quotation of the page', () => {
    expect(named).toHaveLength([...rows.join('\n').matchAll(/“/g)].length)
  })
})
