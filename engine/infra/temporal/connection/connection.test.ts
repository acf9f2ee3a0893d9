import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { connectionOptions, connectWorker, isHealthy, openClient } from './connection.ts'
import { certificate, certificateKey } from '../testing/certificate.ts'
import { temporaryFolder } from '../testing/folder.ts'

const plain = {
  address: 'temporal.test:7233',
  apiKey: null,
  tls: false,
  tlsCert: null,
  tlsKey: null,
  tlsCa: null,
}

const authority = rootCertificates[0]!
const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString()
const lockedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' })
  .toString()

function fileWith(content: string | Buffer): string {
  const file = join(temporaryFolder(), 'x.pem')
  writeFileSync(file, content)
  return file
}

describe('connectionOptions', () => {
  it.each([
    ['without anything', {}, {}],
    ['with TLS', { tls: true }, { tls: true }],
    ['with an API key, which implies TLS', { apiKey: 'k' }, { apiKey: 'k', tls: true }],
  ])('Should connect %s', (_, given, expected) => {
    expect(connectionOptions({ ...plain, ...given })).toEqual({
      address: plain.address,
      ...expected,
    })
  })

  it('Should read certificates, which imply TLS', () => {
    const [tlsCert, tlsKey, tlsCa] = [certificate, certificateKey, authority].map(fileWith)
    const all = { ...plain, tlsCert: tlsCert!, tlsKey: tlsKey!, tlsCa: tlsCa! }
    const serverRootCACertificate = Buffer.from(authority)
    expect(connectionOptions(all).tls).toEqual({
      serverRootCACertificate,
      clientCertPair: { crt: Buffer.from(certificate), key: Buffer.from(certificateKey) },
    })
    expect(connectionOptions({ ...all, tlsCert: null, tlsKey: null }).tls).toEqual({
      serverRootCACertificate,
    })
  })

  it('Should only let through certificates that a client can be made with', async () => {
    const [tlsCert, tlsKey, tlsCa] = [certificate, certificateKey, authority].map(fileWith)
    const config = {
      ...plain,
      address: '127.0.0.1:1',
      tlsCert: tlsCert!,
      tlsKey: tlsKey!,
      tlsCa: tlsCa!,
    }
    const client = openClient(config, 'default')
    expect(await isHealthy(client, 100)).toBe(false)
    await client.connection.close()
  })

  it.each([
    [
      'an authority that is none',
      { tlsCa: 'no PEM' },
      /^TEMPORAL_TLS_CA=.*: .*not contain a certificate/,
    ],
    [
      'an authority in DER',
      { tlsCa: new X509Certificate(authority).raw },
      /does not contain a certificate in PEM format/,
    ],
    [
      'a certificate that is none',
      { tlsCert: certificateKey, tlsKey: otherKey },
      /_CERT=.*not contain a certificate/,
    ],
    [
      'a key that is none',
      { tlsCert: certificate, tlsKey: certificate },
      /_KEY=.*not contain a private key/,
    ],
    [
      'a key with a passphrase',
      { tlsCert: certificate, tlsKey: lockedKey },
      /without a passphrase/,
    ],
    [
      'the key of another',
      { tlsCert: certificate, tlsKey: otherKey },
      /_KEY=.* is not the key of .*_CERT=/,
    ],
  ])('Should refuse %s, naming the file', (_, contents, message) => {
    const files = Object.entries(contents).map(([name, content]) => [name, fileWith(content)])
    const config = { ...plain, ...(Object.fromEntries(files) as Partial<typeof plain>) }
    expect(() => connectionOptions(config)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    )
  })

  it.each([
    ['a certificate without its key', { tlsCert: 'cert.pem' }, 'set both or none'],
    ['a key without its certificate', { tlsKey: 'key.pem' }, 'set both or none'],
    ['a file that is not there', { tlsCa: '/no/such/ca.pem' }, 'TEMPORAL_TLS_CA=/no/such/ca.pem'],
  ])('Should refuse %s', (_, given, message) => {
    expect(() => connectionOptions({ ...plain, ...given })).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringContaining(message),
      }),
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
