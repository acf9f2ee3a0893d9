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

  it('Should tell of the first twenty places of a file that is no .env', () => {
    const dir = mkdtempSync(join(tmpdir(), 'compozy-dot-env-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, '.env'), `NAME=b\n${'key: value\n'.repeat(1_000)}`)
    const { variables, diagnostics } = readDotEnv(dir)
    expect(variables).toEqual({ NAME: 'b' })
    expect(diagnostics.map(({ place }) => place.line)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 2),
    )
  })
})
