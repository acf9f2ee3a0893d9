import { gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { Profile } from 'pprof-format'
import { describe, expect, it } from 'vitest'
import { createTestServer } from '../testing/server.ts'

/** Work that a profile must show, until it is told to stop. */
function burnCyclesForTheTest(until: () => boolean): Promise<number> {
  let sum = 0
  return new Promise((resolve) => {
    const round = (): void => {
      for (let i = 0; i < 2e6; i++) sum += Math.sqrt(i) % 7
      if (until()) resolve(sum)
      else setImmediate(round)
    }
    round()
  })
}

interface Shown {
  readonly types: readonly string[]
  /** Names of functions, the running one first, by what was measured last. */
  readonly stacks: readonly { readonly names: readonly string[]; readonly value: number }[]
}

async function profileAt(app: FastifyInstance, url: string): Promise<Shown> {
  const reply = await app.inject(url)
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([
    200,
    'application/octet-stream',
  ])
  const {
    stringTable,
    sampleType,
    sample,
    location,
    function: functions,
  } = Profile.decode(gunzipSync(reply.rawPayload))
  const text = (index: number | bigint): string => stringTable.strings[Number(index)]!
  const nameOf = (id: number | bigint): string => {
    const place = location.find((each) => Number(each.id) === Number(id))!
    return text(
      functions.find((each) => Number(each.id) === Number(place.line[0]!.functionId))!.name,
    )
  }
  return {
    types: sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`),
    stacks: sample.map(({ locationId, value }) => ({
      names: locationId.map(nameOf),
      value: Number(value.at(-1)),
    })),
  }
}

describe('/debug/pprof', () => {
  it('Should show which function takes the time, and who calls it', async () => {
    const { app } = await createTestServer({ profiling: true })
    let done = false
    const work = burnCyclesForTheTest(() => done)
    const { types, stacks } = await profileAt(app, '/debug/pprof/profile?seconds=1')
    done = true
    await work
    expect(types).toEqual(['samples/count', 'cpu/nanoseconds'])
    const [most] = stacks.toSorted((a, b) => b.value - a.value)
    expect(most!.names[0]).toBe('round')
    expect(most!.value).toBeGreaterThan(1_000_000)
    expect(stacks.flatMap(({ names }) => names)).not.toContain('(idle)')
  })

  it('Should show where what is alive on the heap was allocated', async () => {
    const { app } = await createTestServer({ profiling: true })
    const holdMemoryForTheTest = () =>
      Array.from({ length: 300_000 }, (_, i) => ({ i, text: `kept ${i}` }))
    const kept = holdMemoryForTheTest()
    const { types, stacks } = await profileAt(app, '/debug/pprof/heap')
    expect(types).toEqual(['inuse_space/bytes'])
    const bytes = stacks
      .filter(({ names }) => names.includes('holdMemoryForTheTest'))
      .reduce((sum, { value }) => sum + value, 0)
    expect(bytes).toBeGreaterThan(kept.length)
  })

  it('Should take one CPU profile at a time, and refuse a time that is none', async () => {
    const { app } = await createTestServer({ profiling: true })
    const ask = async () => (await app.inject('/debug/pprof/profile?seconds=1')).statusCode
    const statuses = await Promise.all([ask(), ask()])
    expect(statuses.toSorted()).toEqual([200, 409])
    for (const seconds of ['0', '301', 'long'])
      expect((await app.inject(`/debug/pprof/profile?seconds=${seconds}`)).statusCode).toBe(400)
  })

  it('Should end a profile that is under way when the server closes', async () => {
    const server = await createTestServer({ profiling: true, config: { drainTimeout: 600_000 } })
    const url = await server.listen()
    const asked = fetch(`${url}/debug/pprof/profile?seconds=300`)
    await expect
      .poll(async () => (await fetch(`${url}/debug/pprof/profile?seconds=1`)).status)
      .toBe(409)
    await server.close()
    expect((await asked).status).toBe(503)
  })

  it('Should not be there unless it is asked for', async () => {
    const { app } = await createTestServer()
    expect((await app.inject('/debug/pprof/heap')).statusCode).toBe(404)
  })

  it('Should be refused where other machines could ask', async () => {
    await expect(
      createTestServer({ profiling: true, config: { host: '0.0.0.0' } }),
    ).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('--host 0.0.0.0; profiles need 127.0.0.1'),
    })
  })
})
