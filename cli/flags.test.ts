import { describe, expect, it } from 'vitest'
import { formatFlags, parseFlags, type Flags } from './flags.ts'

const flags: Flags = {
  port: { value: 'PORT', doc: 'Port to listen on' },
  input: { value: 'JSON', doc: 'Input' },
  json: { doc: 'For programs' },
}
const parse = (...args: string[]) => parseFlags('run', flags, args, ['WORKFLOW'])
const tail = '\nTry: compozy run --help'

describe('parseFlags', () => {
  it.each([
    ['a value as the next word', ['--port', '1'], { port: '1' }],
    ['a value after =', ['--port=1'], { port: '1' }],
    ['a value that holds =', ['--input=a=b'], { input: 'a=b' }],
    ['a value that starts with a dash', ['--input', '-1'], { input: '-1' }],
    ['a value after = that looks like a flag', ['--input=--port'], { input: '--port' }],
    ['the last of two', ['--port', '1', '--port', '2'], { port: '2' }],
  ])('Should read %s', (_, args, values) => {
    expect(parse(...args)).toMatchObject({ values, positionals: [] })
  })

  it('Should tell switches, values and words apart in any order', () => {
    const { values, switches, positionals } = parse('--json', 'order', '--port', '1')
    expect([values, [...switches], positionals]).toEqual([{ port: '1' }, ['json'], ['order']])
  })

  it('Should take what follows -- as words', () => {
    expect(parse('--', '--order').positionals).toEqual(['--order'])
  })

  it.each([
    [
      'an unknown flag, with the nearest',
      ['--prot', '1'],
      'unknown flag --prot; did you mean "--port"?',
    ],
    ['an unknown flag that nothing is near to', ['--zebra'], 'unknown flag --zebra'],
    ['an unknown short flag', ['-x'], 'unknown flag -x'],
    ['a flag that every object inherits', ['--toString'], 'unknown flag --toString'],
    ['a flag without its value', ['--port'], 'flag --port needs a value: --port PORT'],
    ['a flag whose value is empty', ['--port='], 'flag --port needs a value: --port PORT'],
    ['a flag before another one', ['--port', '--json'], 'flag --port needs a value: --port PORT'],
    ['a switch with a value', ['--json=yes'], 'flag --json takes no value, but got "yes"'],
    ['a surplus argument', ['order', 'b'], 'unexpected argument "b"; run takes WORKFLOW'],
  ])('Should refuse %s', (_, args, message) => {
    expect(() => parse(...args)).toThrow(
      expect.objectContaining({ code: 'usage_invalid', message: `${message}${tail}` }),
    )
  })

  it('Should say that a command takes no argument at all', () => {
    expect(() => parseFlags('dev', flags, ['order'], [])).toThrow('"order"; dev takes no argument')
  })
})

describe('formatFlags', () => {
  it('Should align the documentation and wrap it below itself', () => {
    const text = formatFlags(
      { a: { doc: 'one two three four' }, 'long-one': { value: 'X', doc: 'x' } },
      30,
    )
    expect(text.split('\n')).toEqual([
      '  --a           one two three',
      '                four',
      '  --long-one X  x',
    ])
  })
})
