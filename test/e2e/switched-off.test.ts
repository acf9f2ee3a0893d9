import { describe, expect, it, onTestFinished } from 'vitest'
import { copyProject, startCompozy } from '../support/compozy.ts'

describe('monitoring switched off', () => {
  it('Should serve no metrics and load nothing of OpenTelemetry when off, and only its API when on', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const probe = new URL('../support/loaded-modules.mjs', import.meta.url).href
    const args = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    const start = (enabled: string) =>
      startCompozy(args, {
        env: { MONITORING_ENABLED: enabled, NODE_OPTIONS: `--import ${probe}` },
      })

    const off = await start('false')
    expect(off.ready.metrics).toBeNull()
    expect((await fetch(`${off.ready.api}/metrics`)).status).toBe(404)
    expect(await off.stop()).toBe(0)
    expect(off.stderr()).toContain('loaded OpenTelemetry modules: 0')

    const on = await start('true')
    expect((await fetch(on.ready.metrics!)).status).toBe(200)
    expect(await on.stop()).toBe(0)
    expect(on.stderr()).not.toContain('loaded OpenTelemetry modules: 0')
    // Its SDK is for a Meter, which the engine does not use.
    expect(on.stderr()).toContain('loaded OpenTelemetry packages: api\n')
  })

  it('Should refuse to start on a word that is neither true nor false', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    await expect(
      startCompozy(['dev', '--cwd', project.dir], { env: { MONITORING_ENABLED: 'ture' } }),
    ).rejects.toThrow(/ended with 2[\s\S]*MONITORING_ENABLED="ture"; it must be true or false/)
  })
})
