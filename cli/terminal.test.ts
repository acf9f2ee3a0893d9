import { describe, expect, it } from 'vitest'
import { CompozyError } from '../engine/core/errors.ts'
import { allowsColor, createTerminal, reportError } from './terminal.ts'
import { captureStreams } from './testing/streams.ts'

function report(error: unknown, { json = false, debug = false } = {}) {
  const captured = captureStreams()
  const code = reportError(error, createTerminal(captured.streams, json), debug)
  return { code, stdout: captured.stdout(), stderr: captured.stderr() }
}

const misfit = new CompozyError(
  'input_invalid',
  'the input does not fit: /items is empty; (the input) is odd',
  {
    violations: [
      { pointer: '/items', message: 'is empty' },
      { pointer: '', message: 'is odd' },
    ],
  },
)

describe('reportError', () => {
  it.each<[string, unknown, number, string]>([
    ['bad input with 2', new CompozyError('usage_invalid', 'no'), 2, 'error: no\n'],
    ['a failure with 1', new CompozyError('port_in_use', 'no'), 1, 'error: no\n'],
    [
      'each violation on a line of its own, once',
      misfit,
      2,
      'error: the input does not fit\n  /items: is empty\n  (whole input): is odd\n',
    ],
    [
      'diagnostics as they are',
      new CompozyError('project_invalid', 'a.yaml:1:1: error: no'),
      2,
      'a.yaml:1:1: error: no\n',
    ],
    [
      'settings as they are',
      new CompozyError('config_invalid', 'error: flag --a'),
      2,
      'error: flag --a\n',
    ],
    [
      'a defect as a defect',
      new TypeError('x is not a function'),
      1,
      'error: x is not a function\nThis is a bug in Compozy. COMPOZY_LOG_LEVEL=debug shows where, when you run it again.\n',
    ],
    ['what is no error at all', 'boom', 1, expect.stringMatching(/^error: boom\n/)],
  ])('Should report %s', (_, error, code, stderr) => {
    expect(report(error)).toEqual({ code, stdout: '', stderr })
  })

  it('Should give programs one object on standard output', () => {
    const { stdout, stderr } = report(misfit, { json: true })
    expect(stdout.endsWith('\n')).toBe(true)
    expect(JSON.parse(stdout)).toEqual({
      event: 'error',
      code: 'input_invalid',
      message: misfit.message,
      violations: misfit.violations,
    })
    expect(stderr).toContain('the input does not fit')
  })

  it('Should show stacks, also of causes, only at the debug level', () => {
    const error = new CompozyError('unavailable', 'outer', { cause: new Error('inner') })
    expect(report(error).stderr).toBe('error: outer\n')
    const { stderr } = report(error, { debug: true })
    expect(stderr).toMatch(/CompozyError: outer\n\s+at [^]*Error: inner\n\s+at /)
  })

  it("Should end with a server's error whose cause leads back to itself", () => {
    const error = new Error('round')
    error.cause = error
    expect(report(error, { debug: true }).stderr.match(/Error: round/g)).toHaveLength(1)
  })
})

describe('createTerminal', () => {
  it('Should print for people and emit for programs, never both', () => {
    for (const json of [false, true]) {
      const captured = captureStreams()
      const terminal = createTerminal(captured.streams, json)
      terminal.print('text')
      terminal.emit({ event: 'x' })
      expect(captured.stdout()).toBe(json ? '{"event":"x"}\n' : 'text\n')
    }
  })

  it('Should let no text of others steer the terminal', () => {
    const captured = captureStreams()
    const terminal = createTerminal(captured.streams, false)
    terminal.note('\u001B[2J\u0007a\nb\tc\u009B\u202Ed')
    terminal.print('\u001Bc')
    expect([captured.stderr(), captured.stdout()]).toEqual([
      '\uFFFD[2J\uFFFDa\nb\tc\uFFFD\uFFFDd\n',
      '\uFFFDc\n',
    ])
  })

  it('Should replace what it drew last, a row a line, however long the line is', () => {
    const captured = captureStreams(10)
    const terminal = createTerminal(captured.streams, false)
    terminal.redraw(['x'.repeat(50), 'a\nb'])
    terminal.redraw(['done'])
    const first = `${'x'.repeat(8)}…\u001B[K\na b\u001B[K\n`
    expect(captured.stderr()).toBe(`${first}\u001B[2Adone\u001B[K\n\u001B[K\n\u001B[1A`)
  })

  it('Should never clear the screen as a whole, which some terminals keep in their history', () => {
    const captured = captureStreams(10)
    const terminal = createTerminal(captured.streams, false)
    terminal.redraw(['1', '2'])
    terminal.redraw([])
    terminal.redraw([])
    expect(captured.stderr()).toBe('1\u001B[K\n2\u001B[K\n\u001B[2A\u001B[K\n\u001B[K\n\u001B[2A')
  })

  it('Should draw no more than there is room for, and say how much is left out', () => {
    const captured = captureStreams(10)
    const terminal = createTerminal(captured.streams, false)
    terminal.redraw(['1', '2', '3', '4', '5', '6', '7'])
    terminal.redraw(['1', '2', '3', '4', '5'])
    const rows = (...texts: readonly string[]) => texts.map((text) => `${text}\u001B[K\n`).join('')
    const first = rows('1', '2', '3', '4', '… and 3 …')
    expect(captured.stderr()).toBe(`${first}\u001B[5A${rows('1', '2', '3', '4', '5')}`)
  })

  it('Should count wide characters as two columns, and cut no row too late', () => {
    const captured = captureStreams(10)
    createTerminal(captured.streams, false).redraw(['注文注文注文', '注文ab'])
    expect(captured.stderr()).toBe('注文注文…\u001B[K\n注文ab\u001B[K\n')
  })

  it.each([
    ['a terminal that allows it', 80, true, '\u001B[31mno\u001B[39m\n'],
    ['a terminal that does not', 80, false, 'no\n'],
    ['a pipe', undefined, true, 'no\n'],
  ])('Should use color only on %s', (_, columns, color, written) => {
    const captured = captureStreams(columns)
    createTerminal(captured.streams, false, { color }).note([{ text: 'no', style: 'bad' }])
    expect(captured.stderr()).toBe(written)
  })

  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
  ])('Should allow color with the environment %j: %s', (env, allowed) => {
    expect(allowsColor(env)).toBe(allowed)
  })

  it.each([
    ['no terminal', undefined, false],
    ['a program', 80, true],
  ])('Should draw nothing for %s', (_, columns, json) => {
    const captured = captureStreams(columns)
    createTerminal(captured.streams, json).redraw(['x'])
    expect(captured.stderr()).toBe('')
  })
})
