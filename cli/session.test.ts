import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { checkProject } from './session.ts'

it('Should find files that compozy.yaml names beside it, and those of variables from the shell', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-session-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'compozy.yaml'), 'name: shop\nmonitoring: { token_file: ./keys/token }\n')
  const from = async (env: Record<string, string>) => {
    const flags = { values: { cwd: basename(dir) }, switches: new Set<string>(), positionals: [] }
    const { sound } = await checkProject({ flags, env, cwd: dirname(dir) })
    return sound!.config.monitoring.tokenFile
  }
  expect(await from({})).toBe(join(dir, 'keys/token'))
  expect(await from({ MONITORING_TOKEN_FILE: 'token' })).toBe(join(dirname(dir), 'token'))
})
