import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readDotEnv } from './dot-env.ts'
import { outerVariables } from './env.ts'

describe('readDotEnv', () => {
  it.each([
    ['without a byte order mark', ''],
    ['with one', '\uFEFF'],
  ])('Should know the first variable of a file %s', (_, mark) => {
    const dir = mkdtempSync(join(tmpdir(), 'compozy-dot-env-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, '.env'), `${mark}API_URL=https://x\nNAME=b\uFEFF\n`)
    const { variables, diagnostics } = readDotEnv(dir)
    expect(diagnostics).toEqual([])
    expect(outerVariables({}, variables)).toMatchObject({ API_URL: 'https://x', NAME: 'b\uFEFF' })
  })

  it('Should tell each place that it cannot read, and keep what it can', () => {
    const dir = mkdtempSync(join(tmpdir(), 'compozy-dot-env-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, '.env'), 'NAME=b\nkey: value\nKEY="x\n')
    const { variables, diagnostics } = readDotEnv(dir)
    expect(variables).toEqual({ NAME: 'b', KEY: '' })
    expect(diagnostics).toMatchObject([
      { severity: 'error', place: { file: '.env', line: 2, column: 1 } },
      { severity: 'error', place: { file: '.env', line: 3, column: 5 } },
    ])
  })
})
