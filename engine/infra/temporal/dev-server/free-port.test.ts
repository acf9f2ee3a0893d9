import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, isFree } from './free-port.ts'

const host = '127.0.0.1'

/** Listens until the test ends. */
async function listen(port = 0): Promise<number> {
  const server = createServer().listen(port, host)
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('freePort', () => {
  it('Should give one that can be listened on', async () => {
    const port = await freePort(host)
    expect(await listen(port)).toBe(port)
  })

  it('Should give none that an outgoing connection could take before it is used', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort(host)))
    expect(ports.filter((port) => port < 1_024 || port >= 32_768)).toEqual([])
  })

  it('Should give the preferred one where nobody has it, else another', async () => {
    const preferred = await freePort(host)
    expect(await freePort(host, preferred)).toBe(preferred)
    await listen(preferred)
    const other = await freePort(host, preferred)
    expect(other).not.toBe(preferred)
    expect(await isFree(host, other)).toBe(true)
  })

  it('Should never give the one that is meant for something else', async () => {
    const except = await freePort(host)
    expect(await freePort(host, except, except)).not.toBe(except)
  })
})

describe('isFree', () => {
  it('Should tell a port that is taken from one that is not', async () => {
    const port = await freePort(host)
    expect(await isFree(host, port)).toBe(true)
    await listen(port)
    expect(await isFree(host, port)).toBe(false)
  })

  it('Should say why a host can not be listened on at all', async () => {
    await expect(isFree('192.0.2.1', 7_233)).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringMatching(/^port 7233 on 192\.0\.2\.1 cannot be used: .*EADDRNOTAVAIL/),
    })
  })
})
