import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { refusedByTypes } from '../mutants/type-check.ts'

const text = `import { limit } from './limit.ts'
export const size = (value: string | number): number =>
  typeof value === 'string' ? value.length : Math.min(value, limit)
`

/** A mutant of the file above. */
function mutant(id: string, original: string, replacement: string) {
  const start = text.indexOf(original)
  const place = { line: 1, start, end: start + original.length }
  return { id, file: 'size.ts', mutator: 'Any', original, replacement, ...place }
}

it('Should refuse what does not compile, and nothing else', () => {
  const root = mkdtempSync(join(tmpdir(), 'compozy-types-'))
  try {
    symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'))
    const options = { strict: true, module: 'nodenext', allowImportingTsExtensions: true }
    writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
    writeFileSync(join(root, 'size.ts'), text)
    writeFileSync(join(root, 'limit.ts'), 'export const limit = 7\n')
    const refused = refusedByTypes(root, [
      mutant('0', "typeof value === 'string'", 'true'),
      mutant('1', 'value.length', '0'),
      mutant('2', 'value.length', '(('),
      mutant('3', 'limit)', '"limit")'),
    ])
    expect([...refused]).toEqual(['0', '3'])
  } finally {
    rmSync(root, { recursive: true })
  }
})
