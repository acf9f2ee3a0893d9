import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import { isProtobuf, type Format } from '../../engine/infra/monitoring/public/index.ts'
import type { CommandContext } from '../command.ts'

/** One exposition to check. */
export interface Exposition {
  /** How messages name it. */
  readonly name: string
  readonly body: Buffer
  /** As it was asked for; in a text of unknown format, `# EOF` decides. */
  readonly format?: Format
}

/** A format to ask an endpoint for, and the content types that answer it. */
interface FormatRequest {
  readonly format: Format
  readonly accept: string
  readonly type: string
  /** Parameters with their allowed values; the first is the one we write. */
  readonly parameters: Readonly<Record<string, readonly string[]>>
}

/** An endpoint that says nothing for this long has no scraper either. */
const answerWithinMs = 10_000

const formatRequests: readonly FormatRequest[] = [
  {
    format: 'text',
    accept: 'text/plain;version=0.0.4',
    type: 'text/plain',
    parameters: { version: ['0.0.4'] },
  },
  {
    format: 'openmetrics',
    accept:
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75',
    type: 'application/openmetrics-text',
    parameters: { version: ['1.0.0', '0.0.1'] },
  },
  {
    format: 'protobuf',
    accept:
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    type: 'application/vnd.google.protobuf',
    parameters: { proto: ['io.prometheus.client.MetricFamily'], encoding: ['delimited'] },
  },
]

/** Reads all of a stream, unless the command is stopped. */
async function readAll(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of addAbortSignal(signal, stream)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Throws CompozyError `usage_invalid` for what can't be read. */
async function readGiven(
  what: string,
  path: string,
  read: () => Buffer | Promise<Buffer>,
): Promise<Buffer> {
  try {
    return await read()
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException
    if (name === 'AbortError') throw cause
    const why = code === 'ENOENT' ? 'does not exist' : `can't be read (${code})`
    throw new CompozyError('usage_invalid', `${what} ${path} ${why}`, { cause })
  }
}

const readFile = (path: string, what: string): Promise<Buffer> =>
  readGiven(what, path, () => readFileSync(path))

function urlOf(source: string): URL | undefined {
  if (!/^https?:\/\//i.test(source)) return undefined
  if (!URL.canParse(source)) throw new CompozyError('usage_invalid', `${source} is not a URL`)
  const url = new URL(source)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url
}

/** Reports whether a content type is an answer to a format. Other parameters mean nothing here. */
function answers(given: string | null, { type, parameters }: FormatRequest): boolean {
  const [media = '', ...rest] = (given ?? '').split(';').map((part) => part.trim())
  const found = new Map(
    rest.map((part) => {
      const [name = '', value = ''] = part.split('=', 2)
      return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')]
    }),
  )
  return (
    media.toLowerCase() === type &&
    (found.get('charset') ?? 'utf-8').toLowerCase() === 'utf-8' &&
    Object.entries(parameters).every(([name, values]) => values.includes(found.get(name) ?? ''))
  )
}

const contentType = ({ type, parameters }: FormatRequest): string =>
  [type, ...Object.entries(parameters).map(([name, [value]]) => `${name}=${value}`)].join('; ')

async function fetchOne(
  url: URL,
  format: FormatRequest,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<Exposition> {
  const name = `${url.href} (${format.format})`
  const authorization = token === undefined ? undefined : `Bearer ${token}`
  const headers = defined({ accept: format.accept, authorization })
  const timeout = AbortSignal.timeout(answerWithinMs)
  let response: Response
  let body: Buffer
  try {
    response = await fetch(url, { headers, signal: AbortSignal.any([signal, timeout]) })
    body = Buffer.from(await response.arrayBuffer())
  } catch (cause) {
    if (signal.aborted) throw cause
    const late = timeout.aborted ? ` within ${answerWithinMs / 1_000} s` : ''
    throw new CompozyError('unavailable', `${url.href} does not answer${late}`, { cause })
  }
  if (response.status !== 200) {
    const said = textOf(body)
    throw new CompozyError(
      'unavailable',
      `${name} answered ${response.status}${said && `: ${said}`}`,
    )
  }
  const given = response.headers.get('content-type')
  if (!answers(given, format)) {
    throw new CompozyError(
      'unavailable',
      `${name} came as "${given}" and not as "${contentType(format)}"`,
    )
  }
  return { name, body, format: format.format }
}

/** Returns what a refusal says: the detail of a problem document, or how other text begins. */
function textOf(body: Buffer): string {
  const text = body.toString().trim()
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Not JSON.
  }
  return text.slice(0, 200)
}

/** Reads an endpoint in every format, or a file or standard input (`-`) in its own. */
export async function readExpositions(
  source: string,
  { flags, cwd, signal }: CommandContext,
): Promise<Exposition[]> {
  const url = urlOf(source)
  if (url === undefined) {
    const what = 'the exposition'
    const body =
      source === '-'
        ? await readGiven(what, source, () => readAll(process.stdin, signal))
        : await readFile(resolve(cwd, source), what)
    return [defined({ name: source, body, format: isProtobuf(body) ? 'protobuf' : undefined })]
  }
  const tokenFile = flags.values['token-file']
  const token =
    tokenFile === undefined
      ? undefined
      : (await readFile(resolve(cwd, tokenFile), '--token-file')).toString().trim()
  const expositions: Exposition[] = []
  for (const format of formatRequests)
    expositions.push(await fetchOne(url, format, { token, signal }))
  return expositions
}
