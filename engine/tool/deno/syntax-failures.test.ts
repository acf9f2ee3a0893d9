import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { syntaxFailures } from './syntax-failures.ts'

it('Should report the files that were asked for, and no other that Deno reads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-syntax-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const failure = (url: string) =>
    `Error checking: x\n  SyntaxError: Expression expected\n  |\n      at ${url}:1:16\n\n`
  const urls = ['file:///p/a.ts', 'file:///p/i.ts', 'file://host/b.ts', 'file:///p/%5Bid%5D.ts']
  const deno = join(folder, 'deno')
  const script = `#!/bin/sh\ncat <<'END'\n${urls.map(failure).join('')}END\nexit 1\n`
  writeFileSync(deno, script, { mode: 0o755 })
  const failures = await syntaxFailures(deno, ['/p/a.ts', '/p/[id].ts'], {})
  expect(failures).toEqual(
    new Map(
      ['/p/a.ts', '/p/[id].ts'].map((file) => [
        file,
        { reason: 'Expression expected', line: 1, column: 16 },
      ]),
    ),
  )
})
