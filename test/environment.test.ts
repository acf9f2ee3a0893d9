import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const sources = ['engine', 'cli'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`),
)

it('Should read the process environment at the door alone, and hand it on', () => {
  const readers = sources.filter((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .some((line) => line.includes('process.env') && !/^\s*(?:\/?\*|\/\/)/.test(line)),
  )
  // Windows starts no program without SystemRoot; it is a fact of the machine, not a setting.
  expect(readers).toEqual(['engine/tool/process/tool-starter.ts', 'cli/bin.ts'])
})
