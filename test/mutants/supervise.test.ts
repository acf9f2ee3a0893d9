import { describe, expect, it } from 'vitest'
import type { Note } from './journal.ts'
import { filesLeft, freshRuns, openAttempts } from './supervise.ts'

const worker = 'w'
const begin = (mutant: string): Note => ({
  type: 'begin',
  worker,
  mutant,
  file: '/a',
  hangsAt: 5,
})
const end = (mutant: string, outcome: 'killed' | 'survived', hits: number): Note => ({
  type: 'end',
  worker,
  mutant,
  file: '/a',
  outcome,
  hits,
})
const spoiled = (mutant: string): Note => ({ type: 'spoiled', file: '/a', mutant, test: 't' })
const ended = (file: string, ...atLoad: string[]): Note => ({ type: 'file', file, atLoad })

describe('a run of mutants', () => {
  it('Should find the attempt that hangs, and none that ended', () => {
    expect(openAttempts([begin('1'), end('1', 'killed', 1), begin('2')])).toEqual([begin('2')])
    expect(openAttempts([begin('1'), spoiled('1')])).toEqual([])
  })

  it('Should run a file again that a mutant spoiled or hung, and no other', () => {
    const files = ['/a', '/b', '/c']
    expect(filesLeft(files, [spoiled('1'), ended('/b')], false)).toEqual(['/a'])
    expect(filesLeft(files, [ended('/b')], true)).toEqual(['/a', '/c'])
    // A file that cannot be loaded ends without a note; again it would end the same.
    expect(filesLeft(files, [ended('/b')], false)).toEqual([])
  })

  it('Should start anew for what runs at load, what spoils a test, and what never ran', () => {
    const plan = {
      root: '/',
      journal: '/j',
      sources: {},
      selected: ['1', '2', '3', '4', '5', '6'],
      files: ['/a'],
      fresh: [],
      workers: 1,
    }
    const notes = [
      end('1', 'survived', 3),
      end('2', 'survived', 0),
      spoiled('3'),
      end('4', 'killed', 1),
      ended('/b', '4', '5'),
    ]
    expect(freshRuns(plan, notes)).toEqual([
      { mutant: '2', files: ['/a'] },
      { mutant: '3', files: ['/a'] },
      { mutant: '5', files: ['/b'] },
    ])
  })
})
