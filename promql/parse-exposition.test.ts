import { describe, expect, it } from 'vitest'
import { parseExposition } from './parse-exposition.ts'

const target = { job: 'compozy', instance: 'here' }

describe('the reader of a scrape', () => {
  it('Should read values, labels and infinities, and add the labels of the target', () => {
    const text = '# TYPE a counter\na{x="1",le="+Inf"} 3\nb NaN\nc -Inf\n'
    expect(parseExposition(text, target)).toEqual([
      { labels: { x: '1', le: '+Inf', ...target, __name__: 'a' }, value: 3 },
      { labels: { ...target, __name__: 'b' }, value: NaN },
      { labels: { ...target, __name__: 'c' }, value: -Infinity },
    ])
  })

  it('Should read escaped label values, also with braces inside', () => {
    const [sample] = parseExposition('a{p="/x/{id}",q="say \\"hi\\"\\n\\\\"} 1', {})
    expect(sample?.labels).toEqual({ p: '/x/{id}', q: 'say "hi"\n\\', __name__: 'a' })
  })

  it('Should keep only the names that are wanted, and pass over what is no sample', () => {
    const found = parseExposition('a 1\nb 2\n{} 3\n<html>\n', {}, (name) => name === 'b')
    expect(found.map(({ value }) => value)).toEqual([2])
  })
})
