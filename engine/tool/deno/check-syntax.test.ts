import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formatDiagnostic } from '../../core/source.ts'
import { checkToolSyntax } from './check-syntax.ts'

async function check(texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'compozy-syntax-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(cwd, name), text)
  const tools = Object.keys(texts).map((name) => ({ file: join(cwd, name) }))
  return (await checkToolSyntax(tools, { cwd })).map(formatDiagnostic)
}

describe('checkToolSyntax', () => {
  it('Should point at the place where a tool does not parse', async () => {
    expect(
      await check({ 'price.ts': 'export const one = 1\nexport default () => ({ a: })\n' }),
    ).toEqual([
      expect.stringContaining(
        [
          'price.ts:2:28: error: this tool does not parse: Expression expected',
          '  2 | export default () => ({ a: })',
          '    |                            ^',
        ].join('\n'),
      ),
    ])
  })

  it('Should report each file that does not parse, and no other', async () => {
    const found = await check({
      'good.ts': 'export default (input: { a: number }) => input.a satisfies number\n',
      'plain.js': 'export  default () => 1\n',
      'open.ts': 'export default () => {\n',
      'word.js': 'functoin run() {}\n',
    })
    expect(new Set(found.map((text) => text.split(':', 1)[0]))).toEqual(
      new Set(['open.ts', 'word.js']),
    )
  })

  it('Should leave style, types and missing imports to others', async () => {
    const text =
      "import { a } from './missing.ts'\nvar x: number = 'text'\ndebugger\nexport default a"
    expect(await check({ 'tool.ts': text })).toEqual([])
  })

  it('Should check nothing where there are no tools', async () => {
    expect(await check({})).toEqual([])
  })

  it('Should stop when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const tools = [{ file: import.meta.filename }]
    await expect(checkToolSyntax(tools, { cwd: '.', signal })).rejects.toThrow('enough')
  })
})
