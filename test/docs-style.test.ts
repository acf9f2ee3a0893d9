import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Most words of a sentence. Code spans count as one word. */
const longest = 40

/** Pages for readers. The coverage page is a table of test titles. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.endsWith('language-coverage.md'))
      .map((name) => join(folder, name)),
  ),
]

/** The sentences of a page: its paragraphs, list items and table cells, without code blocks. */
function sentencesOf(markdown: string): string[] {
  const blocks = markdown
    .replaceAll(/^```.*?^```/gms, '')
    .split(/\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.) ?)/)
    .flatMap((block) => (block.trimStart().startsWith('|') ? block.split('|') : [block]))
  return blocks.flatMap((block) =>
    block
      .replaceAll(/`[^`]*`/g, 'code')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .split(/(?<=[.!?;:]) /),
  )
}

const wordsOf = (sentence: string): number => sentence.split(' ').filter(Boolean).length

const tooLong = (markdown: string): string[] =>
  sentencesOf(markdown).filter((sentence) => wordsOf(sentence) > longest)

/** Turns of phrase that nobody writes in technical English; each has a plain form. */
const translated =
  /\b(?:be (?:it|they) |that which|put up with|of no use|for it would|the PRD\b|as the requirement has)/i

describe('the style of the documentation', () => {
  it.each(pages)('Should have no sentence over 40 words in %s', (page) => {
    expect(tooLong(readFileSync(join(root, page), 'utf8'))).toEqual([])
  })

  it.each(pages)('Should read as plain English in %s', (page) => {
    const sentences = sentencesOf(readFileSync(join(root, page), 'utf8'))
    expect(sentences.filter((sentence) => translated.test(sentence))).toEqual([])
  })

  it('Should notice a long sentence, in a paragraph, a list and a table', () => {
    const long = Array.from({ length: 41 }, () => 'word').join(' ')
    const page = `Short.\n\n${long}.\n\n- ${long}\n\n| a | ${long} |\n|---|---|\n\n\`\`\`\n${long}\n\`\`\`\n`
    expect(tooLong(page)).toHaveLength(3)
    expect(tooLong('`a b c` [d e](f) g.')).toEqual([])
  })
})
