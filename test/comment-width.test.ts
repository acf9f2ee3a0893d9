import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Columns of a line. The formatter holds code to it and leaves comments alone. */
const width = 100

/** The lines of comments that are too wide, as `LINE: text`. */
function wideComments(text: string): string[] {
  return text
    .split('\n')
    .map((line, index) => `${index + 1}: ${line}`)
    .filter((numbered) => {
      const line = numbered.slice(numbered.indexOf(' ') + 1)
      return line.length > width && /^\s*(?:\/\/|\/?\*)/.test(line)
    })
}

describe('comments', () => {
  it('Should be at most 100 columns wide', () => {
    const tracked = execFileSync(
      'git',
      ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    const files = tracked.split('\n').filter((file) => file !== '' && !file.endsWith('.d.ts'))
    expect(files.length).toBeGreaterThan(500)
    const found = files.flatMap((file) =>
      wideComments(readFileSync(resolve(root, file), 'utf8')).map((line) => `${file}:${line}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    ['a line comment', `// ${'x'.repeat(width)}`],
    ['a line of a block', ` * ${'x'.repeat(width)}`],
    ['a docstring', `  /** ${'x'.repeat(width)} */`],
  ])('Should name %s that is wider', (_, line) => {
    expect(wideComments(`const a = 1\n${line}`)).toEqual([`2: ${line}`])
  })
})
