import { describe, expect, it } from 'vitest'
import { createReplaceableRunner } from './replaceable-runner.ts'
import type { ToolCall, ToolResult, ToolRunner } from './runner.ts'

const call = {} as ToolCall
const options = { signal: new AbortController().signal }

/** A runner whose calls end when the test says so. */
function fakeRunner(name: string) {
  const calls: ((result: ToolResult) => void)[] = []
  const state = { stopped: false }
  const runner: ToolRunner = {
    call: () => new Promise((resolve) => calls.push(resolve)),
    stop: async () => void (state.stopped = true),
  }
  return { runner, state, calls, end: () => calls.shift()!({ ok: true, output: name }) }
}

describe('a replaceable runner', () => {
  it('Should let a call end where it began, send the next one elsewhere, and stop who has none left', async () => {
    const [old, fresh] = [fakeRunner('old'), fakeRunner('fresh')]
    const tools = createReplaceableRunner(old.runner)
    const [first, second] = [tools.call(call, options), tools.call(call, options)]
    tools.replace(fresh.runner)
    const third = tools.call(call, options)
    expect([old.calls.length, fresh.calls.length]).toEqual([2, 1])
    old.end()
    expect(await first).toEqual({ ok: true, output: 'old' })
    expect(old.state.stopped).toBe(false)
    old.end()
    await second
    expect(old.state.stopped).toBe(true)
    fresh.end()
    expect(await third).toEqual({ ok: true, output: 'fresh' })
    expect(fresh.state.stopped).toBe(false)
  })

  it('Should stop an idle one at once, and with the last one all that are left', async () => {
    const [one, two, three] = [fakeRunner('1'), fakeRunner('2'), fakeRunner('3')]
    const tools = createReplaceableRunner(one.runner)
    tools.replace(two.runner)
    expect([one.state.stopped, two.state.stopped]).toEqual([true, false])
    const open = tools.call(call, options)
    tools.replace(three.runner)
    await tools.stop()
    expect([two.state.stopped, three.state.stopped]).toEqual([true, true])
    two.end()
    await open
  })
})
