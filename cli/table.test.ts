import { describe, expect, it } from 'vitest'
import { styled } from './line.ts'
import { formatTable } from './table.ts'

const plain = (rows: readonly (readonly string[])[], width?: number): string[] =>
  formatTable(rows, width).map((line) => styled(line, false))

describe('formatTable', () => {
  it('Should align columns by what a terminal shows, wide characters included', () => {
    expect(
      plain([
        ['ID', 'STATE'],
        ['注文', 'on'],
        ['a', ''],
      ]),
    ).toEqual(['ID    STATE', '注文  on', 'a'])
  })

  it('Should keep each row on one line', () => {
    expect(plain([['a', 'first\n  at second\tthird']])).toEqual(['a  first at second third'])
  })

  it('Should cut the widest columns to the width, never the first one', () => {
    const row = ['order-0123456789', 'x'.repeat(30), 'y'.repeat(12)]
    expect(plain([row], 44)).toEqual([`order-0123456789  ${'x'.repeat(11)}…  ${'y'.repeat(12)}`])
    expect(plain([row], 80)).toEqual([`order-0123456789  ${'x'.repeat(30)}  ${'y'.repeat(12)}`])
    expect(plain([row])).toEqual(plain([row], 80))
  })

  it('Should put a name that leaves no room for the others on a line of its own', () => {
    const name = 'reconcile-every-invoice'
    const rows = [
      ['WORKFLOW', 'STATE', 'NEXT RUN'],
      ['nightly', 'on', 'tomorrow'],
      [name, 'paused', 'the day after tomorrow'],
    ]
    expect(plain(rows, 40)).toEqual([
      'WORKFLOW  STATE   NEXT RUN',
      'nightly   on      tomorrow',
      name,
      '          paused  the day after tomorrow',
    ])
    expect(plain(rows, 80)[2]).toBe(`${name}  paused  the day after tomorrow`)
  })

  it('Should put a long name on a line of its own where less than half of a text is left', () => {
    const row = ['order-0123456789-0123456789', 'the bank declined the card of Ada Lovelace']
    expect(plain([row], 60)).toEqual([`${row[0]}  the bank declined the card of …`])
    expect(plain([row], 48)).toEqual([row[0], `  ${row[1]}`])
  })

  it('Should never cut the columns that are kept', () => {
    const row = ['order-0123456789', 'order-0123456789~1', 'x'.repeat(30)]
    const cut = (width: number, kept: number) =>
      formatTable([row], width, { kept }).map((line) => styled(line, false))
    expect(cut(50, 2)).toEqual([`order-0123456789  order-0123456789~1  ${'x'.repeat(11)}…`])
    expect(cut(16, 2)).toEqual([row[0], `  ${row[1]}`, `  ${'x'.repeat(13)}…`])
    expect(cut(16, 1)).toEqual([row[0], '  order…  xxxxx…'])
  })

  it('Should stack the cells of each row where no table fits', () => {
    const rows = [
      ['ID', 'STATE', 'TOOK', 'ERROR', 'TASK'],
      ['order-1', 'completed', '1m20s', '', ''],
      ['order-2', 'failed', '22s', 'the bank declined the card', 'pay'],
    ]
    expect(plain(rows, 24)).toEqual([
      'ID',
      '  STATE  TOOK  ERROR',
      '  TASK',
      'order-1',
      '  completed  1m20s',
      'order-2',
      '  failed  22s',
      '  the bank declined the…',
      '  pay',
    ])
  })

  it('Should cut the text of the last column before short columns', () => {
    const row = ['order-0123456789', 'failed', '22s ago', '1.2s', 'pay: the bank declined the card']
    expect(plain([row], 50)).toEqual(['order-0123456789  failed  22s ago  1.2s  pay: the…'])
    expect(plain([row], 47)).toEqual(['order-0123456789  failed  22s ago  1.2s  pay: …'])
  })

  it('Should style a cell without moving the next one', () => {
    const [line] = formatTable([[{ text: 'ok', style: 'good' }, 'next']])
    expect(styled(line!, true)).toBe('\u001B[32mok\u001B[39m  next')
  })
})
