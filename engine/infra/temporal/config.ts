import { isJsonObject } from '../../core/json.ts'
import {
  isPrintable,
  pathSetting,
  portSetting,
  textSetting,
  type Setting,
  type SettingValues,
} from '../../core/setting.ts'
import { isSearchable } from './visibility-text.ts'

const tls: Setting<boolean> = {
  yaml: 'temporal.tls',
  doc: 'Connect with TLS; implied by an API key or by certificates',
  allowed: 'true, false, or {cert, key, ca} with paths of PEM files',
  fallback: false,
  // The three settings below read the mapping key by key.
  read(raw) {
    if (typeof raw === 'boolean') return raw
    return isJsonObject(raw) ? true : undefined
  },
}

/** Characters of an id that Temporal takes. */
const maximumQueueName = 1_000

/**
 * Reports whether a text is a name, an IPv4 address, or an IPv6 address in brackets, then a port.
 */
function isAddress(text: string): boolean {
  const port = /^(?:\[[^\s/[\]]+\]|[^\s/:@[\]]+):(\d{1,5})$/.exec(text)?.[1]
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535
}

/** Settings of the connection to Temporal, and of the server that `dev` starts. */
export const temporalSettings = {
  address: textSetting<string>({
    yaml: 'temporal.address',
    env: 'TEMPORAL_ADDRESS',
    flag: 'temporal-address',
    doc: 'Temporal server that start and worker connect to',
    allowed: 'host:port',
    fallback: '127.0.0.1:7233',
    accept: isAddress,
  }),
  namespace: textSetting<string>({
    yaml: 'temporal.namespace',
    env: 'TEMPORAL_NAMESPACE',
    flag: 'temporal-namespace',
    doc: 'Temporal namespace of the runs',
    allowed: 'a namespace: letters, digits, ".", "_" and "-"',
    fallback: 'default',
    accept: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text),
  }),
  taskQueue: textSetting<string | null>({
    yaml: 'temporal.task_queue',
    env: 'TEMPORAL_TASK_QUEUE',
    flag: 'temporal-task-queue',
    doc: "Task queue that this project's workers poll; without it the project's name",
    allowed:
      'text of at most 1,000 characters, in one line, without `"` and `\\`, and without an apostrophe at its ends',
    fallback: null,
    // Lists and counts of runs ask for the queue by its name.
    accept: (text) => isPrintable(text) && text.length <= maximumQueueName && isSearchable(text),
  }),
  apiKey: textSetting<string | null>({
    env: 'TEMPORAL_API_KEY',
    doc: 'API key of Temporal Cloud; switches TLS on',
    allowed: 'a key in one line, without spaces',
    fallback: null,
    // The key becomes a header; for any other character, gRPC's error would quote the key.
    accept: (text) => /^[\x21-\x7e]+$/.test(text),
    secret: true,
  }),
  tls,
  tlsCert: pathSetting({
    yaml: 'temporal.tls.cert',
    env: 'TEMPORAL_TLS_CERT',
    doc: 'Client certificate for mutual TLS; read at start, so restart after a rotation',
    allowed: 'the path of a PEM file',
    fallback: null,
  }),
  tlsKey: pathSetting({
    yaml: 'temporal.tls.key',
    env: 'TEMPORAL_TLS_KEY',
    doc: 'Key of the client certificate; read at start',
    allowed: 'the path of a PEM file',
    fallback: null,
  }),
  tlsCa: pathSetting({
    yaml: 'temporal.tls.ca',
    env: 'TEMPORAL_TLS_CA',
    doc: "Certificate authority of the server's certificate; read at start",
    allowed: 'the path of a PEM file',
    fallback: null,
  }),
  devPort: portSetting({
    flag: 'temporal-port',
    doc: 'Port of the Temporal server that dev starts; its UI takes the port 1000 above',
    fallback: 7_233,
  }),
  cliPath: pathSetting({
    env: 'TEMPORAL_CLI_PATH',
    doc: "Temporal's command line program, for dev",
    allowed: 'the path of the program',
    fallback: null,
  }),
} as const

/** The parsed slice of {@link temporalSettings}. */
export type TemporalConfig = SettingValues<typeof temporalSettings>
