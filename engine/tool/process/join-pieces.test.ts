import { describe, expect, it } from 'vitest'
import type { ConsoleLine } from './console-log.ts'
import { joinPieces } from './join-pieces.ts'

function recorded() {
  const lines: ConsoleLine[] = []
  const log = joinPieces({ write: (line) => void lines.push(line), end: () => undefined })
  const write = (text: string, isOpen: boolean, stream: ConsoleLine['stream'] = 'stdout') =>
    log.write({ stream, text, isOpen })
  return { log, write, texts: () => lines.map(({ text }) => text), lines }
}

describe('joining the pieces of lines', () => {
  it('Should pass a line on when it ends', () => {
    const { write, texts } = recorded()
    write('a', true)
    write('b', true)
    expect(texts()).toEqual([])
    write('c', false)
    expect(texts()).toEqual(['abc'])
  })

  it('Should keep the order in which streams print', () => {
    const { log, write, texts } = recorded()
    write('out', true)
    write('err', true, 'stderr')
    write('console', false, 'info')
    write('put', false)
    log.end()
    expect(texts()).toEqual(['out', 'err', 'console', 'put'])
  })

  it('Should pass an open line on at the end of the call, and later pieces at once', () => {
    const { log, write, texts } = recorded()
    write('open', true)
    log.end()
    write('late', true)
    expect(texts()).toEqual(['open', 'late'])
  })

  it('Should leave out empty lines of raw streams alone', () => {
    const { write, texts } = recorded()
    write('', false)
    write('', false, 'info')
    write('a', true)
    write('', false)
    expect(texts()).toEqual(['', 'a'])
  })

  it('Should keep no more of a line than the longest, and count the rest', () => {
    const { write, lines } = recorded()
    for (let i = 0; i < 10; i++) write('x'.repeat(20_000), true)
    write('end', false)
    expect(lines[0]?.text).toBe('x'.repeat(65_536))
    expect(lines[0]?.cut).toBe(200_003 - 65_536)
  })
})
