import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectionOptions, connectWorker } from './connection.ts'
import { temporaryFolder } from './testing/folder.ts'

const plain = {
  address: 'temporal.test:7233',
  apiKey: null,
  tls: false,
  tlsCert: null,
  tlsKey: null,
  tlsCa: null,
}

function pem(name: string): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, name)
  return file
}

describe('connectionOptions', () => {
  it.each([
    ['without anything', {}, {}],
    ['with TLS', { tls: true }, { tls: true }],
    ['with an API key, which implies TLS', { apiKey: 'k' }, { apiKey: 'k', tls: true }],
  ])('Should connect %s', (_, given, expected) => {
    expect(connectionOptions({ ...plain, ...given })).toEqual({ address: plain.address, ...expected })
  })

  it('Should read certificates, which imply TLS', () => {
    const [tlsCert, tlsKey, tlsCa] = [pem('cert'), pem('key'), pem('ca')]
    expect(connectionOptions({ ...plain, tlsCert, tlsKey, tlsCa }).tls).toEqual({
      serverRootCACertificate: Buffer.from('ca'),
      clientCertPair: { crt: Buffer.from('cert'), key: Buffer.from('key') },
    })
    expect(connectionOptions({ ...plain, tlsCa }).tls).toEqual({ serverRootCACertificate: Buffer.from('ca') })
  })

  it.each([
    ['a certificate without its key', { tlsCert: 'cert.pem' }, 'belong together'],
    ['a key without its certificate', { tlsKey: 'key.pem' }, 'belong together'],
    ['a file that is not there', { tlsCa: '/no/such/ca.pem' }, 'TEMPORAL_TLS_CA=/no/such/ca.pem'],
  ])('Should refuse %s', (_, given, message) => {
    expect(() => connectionOptions({ ...plain, ...given })).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(message) }),
    )
  })
})

describe('connectWorker', () => {
  it('Should name the address where nobody answers', async () => {
    await expect(connectWorker({ ...plain, address: '127.0.0.1:1' })).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: expect.stringContaining('127.0.0.1:1'),
    })
  })
})
