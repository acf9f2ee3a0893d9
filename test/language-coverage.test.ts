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

describe('what holds the language', () => {
  it.each(named)('Should find “$text” in $file', ({ file, text }) => {
    const paths = tracked.filter((path) => basename(path) === file)
    expect(paths).not.toEqual([])
    // In TypeScript an apostrophe may stand behind a backslash.
    expect(paths.some((path) => read(path).replaceAll("\\'", "'").includes(text))).toBe(true)
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

  it('Should have a table for every chapter of the language', () => {
    const chapters = (text: string) => [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(chapters(page)).toEqual(['The files', ...chapters(read('docs/reference/language.md'))])
  })

  it('Should read each quotation of the page', () => {
    expect(named).toHaveLength([...rows.join('\n').matchAll(/“/g)].length)
  })
})
