import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ToolResult } from './runner.ts'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

const folder = path.join(import.meta.dirname, 'fixtures/hostile')

/** One attack: its first lines say what it does, what must come of it, and its time limit. */
interface Attack {
  readonly name: string
  readonly what: string
  readonly expected: string
  readonly timeoutMs: number
  readonly code: string
}

function readAttack(file: string): Attack {
  const code = readFileSync(path.join(folder, file), 'utf8')
  const field = (pattern: RegExp) => pattern.exec(code)?.[1]
  const what = field(/^\/\/ (.+)\n/)
  const expected = field(/^\/\/ Expect: (.+)$/m)
  if (what === undefined || expected === undefined) throw new Error(`${file} lacks its header`)
  const timeoutMs = Number(field(/^\/\/ Limit: (\d+) ms$/m) ?? 20_000)
  return { name: path.basename(file, '.js'), what, expected, timeoutMs, code }
}

const attacks = readdirSync(folder).map(readAttack)

/** What a tool can come to, whatever it does. */
const allowedEnds =
  /^(?:returned .*|ToolError:[\w$.:-]{1,100}|ToolTimeout|ToolCrashed|ToolDenied|InvalidToolOutput|LimitExceeded)$/s

function summarize(result: ToolResult): string {
  return result.ok ? `returned ${JSON.stringify(result.output)}` : result.error.type
}

describe('a hostile tool', () => {
  let project: ToolProject
  beforeAll(() => {
    project = createToolProject({ secrets: { KEY: 'hunter2-hunter2' } })
    const library = path.join(import.meta.dirname, 'fixtures/hostile-lib/find-tokens.js')
    project.write('tools/find-tokens.js', readFileSync(library, 'utf8'))
  })
  afterAll(() => project.remove())

  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    'Should harm nobody but itself: %s',
    { timeout: 40_000 },
    async (_, { code, expected, timeoutMs }) => {
      project.logged.length = 0
      project.write('tools/attack.js', code)
      const result = await project.call('tools/attack.js', { timeoutMs, secrets: ['KEY'] })
      const end = summarize(result)
      expect(end).toMatch(allowedEnds)
      // Some attacks depend on timing: any allowed end will do.
      expect(expected === 'any' ? 'any' : end).toBe(expected)
      expect(JSON.stringify(result).length).toBeLessThan(200_000)
      const shown = JSON.stringify([result, project.logged])
      expect(shown).not.toContain('hunter2')
      // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
      expect(shown).not.toMatch(/\\u001b|\\u009b|[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
      expect(project.logged.every(({ level }) => /^(debug|info|warn|error)$/.test(level))).toBe(
        true,
      )
      const well = await project.call('export default () => "well"', { timeoutMs: 20_000 })
      expect(well).toEqual({ ok: true, output: 'well' })
    },
  )

  it('Should be one of a corpus that describes each attack', () => {
    expect(attacks.length).toBeGreaterThan(60)
    expect(new Set(attacks.map(({ what }) => what)).size).toBe(attacks.length)
  })
})
