import { describe, expect, it, onTestFinished } from 'vitest'
import { copyProject, startCompozy } from '../support/compozy.ts'

describe('monitoring switched off', () => {
  it('Should serve no metrics when off, and load OpenTelemetry only for spans', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const probe = new URL('../support/loaded-modules.mjs', import.meta.url).href
    const args = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    const start = (env: Readonly<Record<string, string>>) =>
      startCompozy(args, { env: { ...env, NODE_OPTIONS: `--import ${probe}` } })

    const off = await start({ MONITORING_ENABLED: 'false' })
    expect(off.ready.metrics).toBeNull()
    expect((await fetch(`${off.ready.api}/metrics`)).status).toBe(404)
    expect(await off.stop()).toBe(0)
    expect(off.stderr()).toContain('loaded OpenTelemetry modules: 0')

    const on = await start({ MONITORING_ENABLED: 'true' })
    expect((await fetch(on.ready.metrics!)).status).toBe(200)
    expect(await on.stop()).toBe(0)
    expect(on.stderr()).toContain('loaded OpenTelemetry modules: 0')

    // An exemplar names the active span. The SDK is for a Meter, which the engine does not use.
    const traced = await start({ MONITORING_EXEMPLARS: 'true' })
    expect((await fetch(traced.ready.metrics!)).status).toBe(200)
    expect(await traced.stop()).toBe(0)
    expect(traced.stderr()).toContain('loaded OpenTelemetry packages: api\n')
  })

  it('Should refuse to start on a word that is neither true nor false', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    await expect(
      startCompozy(['dev', '--cwd', project.dir], { env: { MONITORING_ENABLED: 'ture' } }),
    ).rejects.toThrow(/ended with 2[\s\S]*MONITORING_ENABLED="ture"; it must be true or false/)
  })
})
