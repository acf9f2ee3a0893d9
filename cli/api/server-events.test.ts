import { describe, expect, it } from 'vitest'
import { readServerEvents, type ServerEvent } from './server-events.ts'

async function read(...chunks: readonly (string | Uint8Array)[]): Promise<ServerEvent[]> {
  async function* body() {
    for (const chunk of chunks)
      yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
  }
  const events: ServerEvent[] = []
  for await (const event of readServerEvents(body())) events.push(event)
  return events
}

describe('readServerEvents', () => {
  it.each([
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['colons and blanks', ' a: b'],
  ])('Should keep data with %s whole', async (_, text) => {
    expect(await read(`event: end\nid: 7\ndata: ${text}\n\n`)).toEqual([
      { name: 'end', id: '7', data: text },
    ])
  })

  it('Should join what arrives in pieces, also within a character', async () => {
    const [first, second] = ['event: end\nda', 'ta: {"a":"é"}\n\n'].map((text) =>
      new TextEncoder().encode(text),
    )
    const cut = second!.length - 5
    expect(await read(first!, second!.subarray(0, cut), second!.subarray(cut))).toEqual([
      { name: 'end', id: undefined, data: '{"a":"é"}' },
    ])
  })

  it('Should skip comments, and what ends before its blank line', async () => {
    expect(await read(': alive\n\n', 'data: one\n\n', 'data: tw')).toEqual([
      { name: 'message', id: undefined, data: 'one' },
    ])
  })
})
