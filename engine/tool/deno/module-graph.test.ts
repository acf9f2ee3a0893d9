import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readModuleGraph } from './module-graph.ts'

/** A project with a tool and its library, and a Deno that does what a script says. */
function setup(script: (tool: string, library: string) => string) {
  const projectDir = mkdtempSync(join(tmpdir(), 'compozy-graph-'))
  onTestFinished(() => rmSync(projectDir, { recursive: true }))
  const file = (name: string, text: string, mode = 0o644): string => {
    writeFileSync(join(projectDir, name), text, { mode })
    return join(projectDir, name)
  }
  const [tool, library] = [file('tool.ts', ''), file('lib.ts', '')]
  const deno = file('deno', `#!/bin/sh\n${script(tool, library)}\n`, 0o755)
  const graph = () =>
    readModuleGraph(
      { deno, file: tool, projectDir, nodeModules: false, env: {}, timeoutMs: 10_000 },
      { signal: new AbortController().signal },
    )
  return { tool, library, graph }
}

const listed = (...files: readonly string[]): string =>
  `echo '${JSON.stringify({ modules: files.map((name) => ({ specifier: pathToFileURL(name).href })) })}'`

describe('readModuleGraph', () => {
  it('Should know the files that Deno lists until one changes', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { tool, library, graph } = setup((...files) => listed(...files))
    const { importable, isStale } = await graph()
    expect(importable).toEqual([tool, library])
    vi.advanceTimersByTime(3_600_000)
    expect(isStale()).toBe(false)
    writeFileSync(library, 'export {}')
    expect(isStale()).toBe(true)
  })

  it.each(['exit 1', 'echo no JSON'])(
    'Should ask again after half a minute where Deno failed: %s',
    async (script) => {
      vi.useFakeTimers({ toFake: ['performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const { tool, graph } = setup(() => script)
      const { importable, isStale } = await graph()
      expect(importable).toEqual([tool])
      vi.advanceTimersByTime(29_000)
      expect(isStale()).toBe(false)
      vi.advanceTimersByTime(2_000)
      expect(isStale()).toBe(true)
    },
  )
})
