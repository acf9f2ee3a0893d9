import {
  booleanSetting,
  durationSetting,
  fallbacksOf,
  integerSetting,
  pathSetting,
  portSetting,
  textSetting,
  type SettingValues,
} from '../../core/setting.ts'

/** Settings of the HTTP server. */
export const serverSettings = {
  host: textSetting<string>({
    yaml: 'server.host',
    env: 'COMPOZY_HOST',
    flag: 'host',
    doc: 'Address to listen on; 0.0.0.0 listens on every interface',
    allowed: 'a host name or an IP address',
    fallback: '127.0.0.1',
    accept: (text) => /^[A-Za-z0-9.:_-]+$/.test(text),
  }),
  port: portSetting({
    yaml: 'server.port',
    env: 'COMPOZY_PORT',
    flag: 'port',
    doc: 'Port of API, docs and metrics',
    fallback: 8_080,
  }),
  apiTokenFile: pathSetting({
    yaml: 'server.api_token_file',
    env: 'COMPOZY_API_TOKEN_FILE',
    doc: 'File with the bearer token that /api/ then requires, or with lines "name:scope:token"; read again when it changes',
    allowed: 'the path of a file',
    fallback: null,
  }),
  bodyLimit: integerSetting({
    yaml: 'server.body_limit',
    doc: 'Largest request body, in bytes; Temporal takes at most 2 MiB in one payload',
    fallback: 1_048_576,
    min: 1_024,
    max: 2_000_000,
  }),
  allowedHosts: textSetting<string>({
    yaml: 'server.allowed_hosts',
    env: 'COMPOZY_ALLOWED_HOSTS',
    doc: 'Names that a Host header may have beside localhost, IP addresses and the configured host; * for every one',
    allowed: 'host names separated by commas, or *',
    fallback: '',
    accept: (text) => /^(\*|[A-Za-z0-9._-]+( *, *[A-Za-z0-9._-]+)*)$/.test(text),
  }),
  requestTimeout: durationSetting({
    yaml: 'server.request_timeout',
    doc: 'How long a request may take to arrive, headers and body; 408 after that',
    fallback: 30_000,
  }),
  maxConnections: integerSetting({
    yaml: 'server.max_connections',
    doc: 'Connections at a time; one more is closed at once',
    fallback: 10_000,
    min: 1,
    max: 1_000_000,
  }),
  maxStreams: integerSetting({
    yaml: 'server.max_streams',
    doc: 'Streams of events at a time, at most 100 of one run; one more is 429',
    fallback: 1_000,
    min: 1,
    max: 100_000,
  }),
  rateLimit: integerSetting({
    yaml: 'server.rate_limit',
    env: 'COMPOZY_RATE_LIMIT',
    doc: 'Requests a second to /api/ that one client may make, averaged over 10 s; 0 for no limit',
    fallback: 2_000,
    min: 0,
    max: 1_000_000,
  }),
  page: booleanSetting({
    yaml: 'server.page',
    env: 'COMPOZY_PAGE',
    doc: 'Serves the page of runs and monitoring at /; false leads / to /docs',
    fallback: true,
  }),
  shutdownDelay: durationSetting({
    yaml: 'server.shutdown_delay',
    env: 'COMPOZY_SHUTDOWN_DELAY',
    flag: 'shutdown-delay',
    doc: 'How long a stop answers everything with /readyz at 503, before it drains; 0s when nothing asks /readyz',
    fallback: 2_000,
  }),
  drainTimeout: durationSetting({
    yaml: 'server.drain_timeout',
    env: 'COMPOZY_DRAIN_TIMEOUT',
    flag: 'drain-timeout',
    doc: 'How long a stop waits for requests and running tasks to finish',
    fallback: 30_000,
  }),
} as const

/** The configuration of a server for which nothing is set. */
export const serverDefaults: ServerConfig = fallbacksOf(serverSettings)

/** The parsed slice of {@link serverSettings}. */
export type ServerConfig = SettingValues<typeof serverSettings>
