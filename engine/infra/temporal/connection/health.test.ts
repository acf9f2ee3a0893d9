import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openClient, type ConnectionConfig } from './connection.ts'
import { createHealthCheck } from './health.ts'
import { certificate, certificateKey } from '../testing/certificate.ts'
import { temporaryFolder } from '../testing/folder.ts'

const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }

/** A server that speaks TLS and no gRPC. */
async function tlsServer(): Promise<string> {
  const options = { cert: certificate, key: certificateKey, ALPNProtocols: ['h2'] }
  const server = createServer(
    options,
    (socket) => void socket.on('error', () => undefined).destroy(),
  )
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `localhost:${(server.address() as AddressInfo).port}`
}

async function ask(config: ConnectionConfig): Promise<string | undefined> {
  const client = openClient(config, 'default')
  onTestFinished(() => client.connection.close())
  return createHealthCheck(client, config)(300)
}

describe('a health check', () => {
  it.each([false, true])(
    'Should name the address where nobody listens, with TLS %s',
    async (tls) => {
      expect(await ask({ ...plain, address: '127.0.0.1:1', tls })).toBe(
        'no answer from 127.0.0.1:1',
      )
    },
  )

  it('Should say that a certificate is not trusted, where gRPC says that its time is up', async () => {
    const address = await tlsServer()
    expect(await ask({ ...plain, address, tls: true })).toBe(
      `${address}: no TLS connection: self-signed certificate; set temporal.tls.ca to the certificate of its authority`,
    )
  })

  it('Should not blame a certificate that is trusted', async () => {
    const address = await tlsServer()
    const tlsCa = join(temporaryFolder(), 'ca.pem')
    writeFileSync(tlsCa, certificate)
    const trouble = await ask({ ...plain, address, tlsCa })
    expect(trouble).not.toContain('self-signed')
  })
})
