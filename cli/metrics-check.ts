import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../engine/core/errors.ts'
import { lintExposition, parseExposition, type Finding } from '../engine/infra/monitoring/index.ts'
import type { CommandContext } from './command.ts'
import { exitCodes } from './exit.ts'

/** One text to check. */
interface Exposition {
  /** How messages name it. */
  readonly name: string
  readonly text: string
}

const formats = [
  ['text', 'text/plain;version=0.0.4', 'text/plain; version=0.0.4; charset=utf-8'],
  [
    'OpenMetrics',
    'application/openmetrics-text;version=1.0.0',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ],
] as const

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CompozyError('usage_invalid', `${what} ${path} can't be read (${code})`, { cause })
  }
}

function maxSeriesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new CompozyError('usage_invalid', `flag --max-series="${text}"; it must be a whole number above 0`)
}

async function fetchAll(url: URL, { flags, cwd, signal }: CommandContext): Promise<Exposition[]> {
  const tokenFile = flags.values['token-file']
  const token = tokenFile === undefined ? undefined : readFile(resolve(cwd, tokenFile), '--token-file').trim()
  const found: Exposition[] = []
  for (const [format, accept, contentType] of formats) {
    const name = `${url.href} (${format})`
    const headers = { accept, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    let response: Response
    try {
      response = await fetch(url, { headers, signal })
    } catch (cause) {
      if (signal.aborted) throw cause
      throw new CompozyError('unavailable', `${url.href} does not answer`, { cause })
    }
    const text = await response.text()
    if (response.status !== 200) {
      const said = text.trim().slice(0, 200)
      throw new CompozyError('unavailable', `${name} answered ${response.status}${said && `: ${said}`}`)
    }
    const given = response.headers.get('content-type')
    if (given !== contentType) {
      throw new CompozyError('unavailable', `${name} came as "${given}" and not as "${contentType}"`)
    }
    found.push({ name, text })
  }
  return found
}

function urlOf(source: string): URL | undefined {
  if (!/^https?:\/\//.test(source)) return undefined
  if (!URL.canParse(source)) throw new CompozyError('usage_invalid', `${source} is no URL`)
  const url = new URL(source)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url
}

function place({ name }: Exposition, { line }: Finding): string {
  return line === 0 ? name : `${name}:${line}`
}

/** Checks an endpoint, a file or standard input (`-`), and gives the exit code. */
export async function checkMetrics(source: string, context: CommandContext): Promise<number> {
  const { terminal, flags, cwd } = context
  const maxSeries = maxSeriesOf(flags.values['max-series'])
  const requiredOnly = flags.switches.has('prd')
  const url = urlOf(source)
  const expositions =
    url === undefined
      ? [{ name: source, text: readFile(source === '-' ? source : resolve(cwd, source), 'the exposition') }]
      : await fetchAll(url, context)
  let found = 0
  for (const exposition of expositions) {
    const parsed = parseExposition(exposition.text)
    if (!('families' in parsed)) {
      const { line, column, message, text } = parsed
      const caret = `  ${line} | ${text}\n  ${' '.repeat(String(line).length)} | ${' '.repeat(column - 1)}^`
      throw new CompozyError('usage_invalid', `${exposition.name}:${line}:${column}: ${message}\n${caret}`)
    }
    const findings = lintExposition(parsed, { requiredOnly, ...(maxSeries !== undefined && { maxSeries }) })
    found += findings.length
    for (const finding of findings) {
      terminal.emit({ event: 'finding', source: exposition.name, ...finding })
      terminal.print(
        `${place(exposition, finding)}: error: ${finding.metric} ${finding.message} [${finding.rule}]`,
      )
    }
    const series = parsed.families.reduce((sum, { samples }) => sum + samples.length, 0)
    const counts = `${parsed.families.length} families, ${series} series`
    if (findings.length === 0) terminal.print(`${exposition.name}: ${counts}; all good`)
    else terminal.print(`${exposition.name}: ${counts}; ${findings.length} findings`)
  }
  terminal.emit({ event: 'checked', ok: found === 0, findings: found })
  return found === 0 ? exitCodes.clean : exitCodes.failed
}
