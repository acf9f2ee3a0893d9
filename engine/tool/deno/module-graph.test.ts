import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
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
  // Saved long before Deno reads them.
  for (const name of [tool, library]) utimesSync(name, 1_000_000.5, 1_000_000.5)
  const listings = file('listings', '')
  const deno = file('deno', `#!/bin/sh\necho >> ${listings}\n${script(tool, library)}\n`, 0o755)
  const graph = () =>
    readModuleGraph(
      { deno, file: tool, projectDir, nodeModules: false, env: {}, timeoutMs: 10_000 },
      { signal: new AbortController().signal },
    )
  const timesListed = () => readFileSync(listings, 'utf8').length
  return { tool, library, graph, timesListed }
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

  it('Should leave out URLs that name no file', async () => {
    const { tool, graph } = setup((name) => {
      const urls = ['file:///a%2Fb.ts', 'file:///50%off.ts', 'file://host/x.ts', 'npm:a']
      const modules = [pathToFileURL(name).href, ...urls].map((specifier) => ({ specifier }))
      return `echo '${JSON.stringify({ modules })}'`
    })
    expect((await graph()).importable).toEqual([tool])
  })

  it.each([
    ['exit 1', 'at once', 0],
    ['echo no JSON', 'at once', 0],
    // The answer of a Deno that took ten seconds.
    ['exit 1', 'after half a minute', 10_000],
  ])('Should ask again where Deno failed: %s, %s', async (script, _, tookMs) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { tool, graph } = setup(() => script)
    const reading = graph()
    vi.advanceTimersByTime(tookMs)
    const { importable, isUnread, isDue } = await reading
    expect([importable, isUnread]).toEqual([[tool], true])
    vi.advanceTimersByTime(3 * tookMs)
    expect(isDue()).toBe(false)
    vi.advanceTimersByTime(1)
    expect(isDue()).toBe(true)
  })

  it('Should let a process serve for half a minute where Deno failed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { isStale } = await setup(() => 'exit 1').graph()
    vi.advanceTimersByTime(29_000)
    expect(isStale()).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(isStale()).toBe(true)
  })

  it('Should read a graph again where a file is saved meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    // The clock of files is coarse, so the next listing begins well after the file was saved.
    const saving = (tool: string, library: string) =>
      `if [ -s ${tool} ]; then sleep 0.05; ${listed(tool, library)}; else echo x >> ${tool}; ${listed(tool)}; fi`
    const { tool, library, graph, timesListed } = setup(saving)
    const { importable, isUnread, isStale } = await graph()
    expect([importable, isUnread]).toEqual([[tool, library], false])
    expect(timesListed()).toBeGreaterThan(1)
    vi.advanceTimersByTime(3_600_000)
    expect(isStale()).toBe(false)
  })

  it('Should not trust a graph for long while a file of it is saved again and again', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { graph, timesListed } = setup((tool) => `echo x >> ${tool}; ${listed(tool)}`)
    const { isStale } = await graph()
    expect([isStale(), timesListed()]).toEqual([false, 3])
    vi.advanceTimersByTime(1_001)
    expect(isStale()).toBe(true)
  })

  it.each([
    ['old', 1_000_000.5],
    ['of a clock ahead', 4_000_000_000],
  ])('Should read a graph once where its files are %s', async (_, time) => {
    const { library, graph, timesListed } = setup((...files) => listed(...files))
    utimesSync(library, time, time)
    await graph()
    expect(timesListed()).toBe(1)
  })
})
