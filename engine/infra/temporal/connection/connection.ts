import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Client, Connection, type ConnectionOptions } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { TemporalConfig } from '../config.ts'

/** The settings for reaching a server. */
export type ConnectionConfig = Pick<
  TemporalConfig,
  'address' | 'apiKey' | 'tls' | 'tlsCert' | 'tlsKey' | 'tlsCa'
>

/** The options that both of the SDK's connections accept. */
interface ServerOptions {
  readonly address: string
  readonly apiKey?: string
  readonly tls?: NonNullable<ConnectionOptions['tls']>
}

interface Pem<T> {
  readonly bytes: Buffer
  readonly parsed: T
}

/**
 * Reads and parses a file, to refuse it here: gRPC throws late, and accepts a wrong authority
 * silently.
 */
function readPem<T>(name: string, file: string, what: string, parse: (bytes: Buffer) => T): Pem<T> {
  const refuse = (reason: string, cause: unknown): never => {
    throw new CompozyError('config_invalid', `${name}=${file}: ${reason}`, { cause })
  }
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    return refuse('the file cannot be read', cause)
  }
  try {
    return { bytes, parsed: parse(bytes) }
  } catch (cause) {
    return refuse(`the file does not contain a ${what} in PEM format`, cause)
  }
}

const readCertificate = (name: string, file: string): Pem<X509Certificate> =>
  // As text: X509Certificate also reads DER, which gRPC does not.
  readPem(name, file, 'certificate', (bytes) => new X509Certificate(bytes.toString()))

/** A client certificate with its key, as the SDK wants it. */
function readPair(certFile: string, keyFile: string): { crt: Buffer; key: Buffer } {
  const certificate = readCertificate('TEMPORAL_TLS_CERT', certFile)
  const key = readPem('TEMPORAL_TLS_KEY', keyFile, 'private key without a passphrase', (bytes) =>
    createPrivateKey(bytes),
  )
  if (certificate.parsed.checkPrivateKey(key.parsed))
    return { crt: certificate.bytes, key: key.bytes }
  throw new CompozyError(
    'config_invalid',
    `TEMPORAL_TLS_KEY=${keyFile} is not the key of TEMPORAL_TLS_CERT=${certFile}`,
  )
}

/**
 * Returns the SDK's options for a configured server. Reads certificates once. Throws CompozyError
 * `config_invalid` for unreadable or wrong files, and for a certificate or key alone.
 */
export function connectionOptions(config: ConnectionConfig): ServerOptions {
  const { address, apiKey, tls, tlsCert, tlsKey, tlsCa } = config
  if ((tlsCert === null) !== (tlsKey === null)) {
    throw new CompozyError(
      'config_invalid',
      'only one of TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY is set; set both or none',
    )
  }
  const ca = tlsCa === null ? undefined : readCertificate('TEMPORAL_TLS_CA', tlsCa).bytes
  const pair = tlsCert === null || tlsKey === null ? undefined : readPair(tlsCert, tlsKey)
  const secure = ca !== undefined || pair !== undefined
  const certificates = defined({ serverRootCACertificate: ca, clientCertPair: pair })
  const plainTls = tls || apiKey !== null ? true : undefined
  return defined({
    address,
    apiKey: apiKey ?? undefined,
    tls: secure ? certificates : plainTls,
  })
}

/**
 * Opens a client that connects at its first call, so that the API starts without a Temporal server.
 */
export function openClient(config: ConnectionConfig, namespace: string): Client {
  return new Client({ connection: Connection.lazy(connectionOptions(config)), namespace })
}

/** Reports whether the server answers within `timeoutMs`. Never throws. */
export async function isHealthy({ connection }: Client, timeoutMs: number): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + timeoutMs, () =>
      connection.workflowService.getSystemInfo({}),
    )
    return true
  } catch {
    return false
  }
}

/** Connects one worker. Throws CompozyError `temporal_unavailable` when no server answers. */
export async function connectWorker(config: ConnectionConfig): Promise<NativeConnection> {
  const options = connectionOptions(config)
  try {
    return await NativeConnection.connect(options)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CompozyError(
      'temporal_unavailable',
      `no Temporal server answers at ${config.address}: ${reason}`,
      { cause },
    )
  }
}
