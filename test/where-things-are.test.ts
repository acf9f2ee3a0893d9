import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Returns the answers of a page that name a file or a symbol that does not exist. */
function wrongAnswers(page: string): string[] {
  const rows = [...page.matchAll(/^\| .* \| `([\w/.-]+\.ts)` \| `(\w+)` \|$/gm)]
  return rows.flatMap(([, file, symbol]) => {
    if (!existsSync(join(root, file!))) return [`${file} does not exist`]
    return new RegExp(`\\b${symbol}\\b`).test(read(file!)) ? [] : [`${file} has no ${symbol}`]
  })
}

/** Returns the files whose code a page quotes, and that no longer hold it. */
function staleQuotes(page: string): string[] {
  const quotes = [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)\n```$/gms)]
  return quotes.flatMap(([, file, code]) => (read(file!).includes(code!) ? [] : [file!]))
}

describe('the page of where things are', () => {
  const page = read('docs/develop/where-things-are.md')

  it('Should name files and symbols that exist', () => {
    expect(page.match(/^\| .* \| `[\w/.-]+\.ts` \|/gm)?.length).toBeGreaterThan(9)
    expect(wrongAnswers(page)).toEqual([])
  })

  it('Should quote code that the files hold', () => {
    expect(page.match(/^```ts$/gm)).toHaveLength(3)
    expect(staleQuotes(page)).toEqual([])
  })

  it.each([
    ['| a? | `engine/gone.ts` | `x` |', 'engine/gone.ts does not exist'],
    ['| a? | `engine/executions.ts` | `gone` |', 'engine/executions.ts has no gone'],
  ])('Should notice a wrong answer: %s', (row, fault) => {
    expect(wrongAnswers(row)).toEqual([fault])
  })

  it('Should notice a quote that is no longer true', () => {
    const quote = "```ts\n// engine/executions.ts\nconst gone = 'gone'\n```"
    expect(staleQuotes(quote)).toEqual(['engine/executions.ts'])
  })
})
