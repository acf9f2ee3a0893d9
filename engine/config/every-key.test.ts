import { describe, expect, it } from 'vitest'
import { readSource } from '../project/yaml/read-source.ts'
import { formatDiagnostic } from '../core/source.ts'
import { listSettings, readConfig } from './config.ts'

/** Every key of compozy.yaml that is a setting, dotted. */
const keys = listSettings().flatMap(({ setting }) => setting.yaml ?? [])

/** compozy.yaml with one key in block style, its place, and what is refused in it. */
function refusalsOf(key: string, value: string) {
  const steps = key.split('.')
  const lines = steps.map((step, depth) => `${'  '.repeat(depth)}${step}:`)
  const text = `name: shop\n${lines.join('\n')} ${value}\n`
  const { source, diagnostics } = readSource('compozy.yaml', text)
  expect(diagnostics).toEqual([])
  const { refusals } = readConfig({ flags: {}, env: {}, source: source! })
  expect(refusals.lines).toEqual([])
  const depth = steps.length - 1
  const line = depth + 2
  const messages = refusals.diagnostics.map((each) => formatDiagnostic(each).split('\n')[0]!)
  const at = 2 * depth + 1
  return { messages, key: `compozy.yaml:${line}:${at}: error: `, line, at }
}

/** One slip of each kind in the last word of a key. */
function typosOf(key: string): string[] {
  const [section, word] = [key.slice(0, key.lastIndexOf('.') + 1), key.split('.').at(-1)!]
  const middle = Math.floor(word.length / 2)
  const [before, at, after] = [word.slice(0, middle), word[middle]!, word.slice(middle + 1)]
  const slips = [
    before + after,
    before + at + at + after,
    `${before.slice(0, -1)}${at}${before.at(-1) ?? ''}${after}`,
    word.toUpperCase(),
  ]
  return slips.filter((slip) => slip !== word && slip !== '').map((slip) => section + slip)
}

describe('every key of compozy.yaml that is a setting', () => {
  it('Should be in one of the sections, and there are many', () => {
    expect(keys.length).toBeGreaterThan(30)
    const sections = new Set(keys.map((key) => key.split('.')[0]!))
    expect([...sections].toSorted()).toEqual(['logs', 'monitoring', 'server', 'temporal', 'worker'])
  })

  it.each(keys)('Should be named where it is misspelled: %s', (key) => {
    const word = key.split('.').at(-1)!
    const section = key.slice(0, key.lastIndexOf('.'))
    const typos = typosOf(key)
    expect(typos.length).toBeGreaterThan(2)
    for (const typo of typos) {
      const slip = typo.split('.').at(-1)!
      const { messages, key: place } = refusalsOf(typo, '1')
      expect(messages).toEqual([
        `${place}unknown key "${slip}" in ${section}; did you mean "${word}"?`,
      ])
    }
    expect(refusalsOf(key, '1').messages.join()).not.toContain('unknown key')
  })

  it.each(keys)('Should refuse a value of the wrong kind at its place: %s', (key) => {
    for (const value of ['[[1]]', '{zz: 1}', '""', '"\\0"', '-1', '1.5', '"🦀\\n"']) {
      const { messages, line } = refusalsOf(key, value)
      expect(messages.length, value).toBe(1)
      expect(messages[0]).toMatch(
        new RegExp(
          `^compozy\\.yaml:${line}:\\d+: error: (${key} is .+; it must be |unknown key "zz" in ${key})`,
        ),
      )
      expect(messages[0]).not.toMatch(/\p{Cc}/u)
    }
    expect(refusalsOf(key, '').messages).toEqual([])
  })
})
