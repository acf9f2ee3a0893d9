import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import {
  lintExposition,
  parseExposition,
  type Finding,
  type TextFormat,
  type LintOptions,
  type ParseFailure,
} from '../../engine/infra/monitoring/public/index.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'

/** One text to check. */
interface ExpositionText {
  /** How messages name it. */
  readonly name: string
  readonly text: string
  /** As it was asked for; a file tells itself. */
  readonly format?: TextFormat
}

/** An endpoint that says nothing for this long has no scraper either. */
const answerWithinMs = 10_000
/** Characters of a refused line that are shown. */
const excerptWidth = 100

const formats = [
  ['text', 'text/plain;version=0.0.4', 'text/plain; version=0.0.4; charset=utf-8'],
  [
    'openmetrics',
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
  throw new CompozyError(
    'usage_invalid',
    `flag --max-series="${text}"; it must be a whole number above 0`,
  )
}

async function fetchAll(
  url: URL,
  { flags, cwd, signal }: CommandContext,
): Promise<ExpositionText[]> {
  const tokenFile = flags.values['token-file']
  const token =
    tokenFile === undefined ? undefined : readFile(resolve(cwd, tokenFile), '--token-file').trim()
  const found: ExpositionText[] = []
  for (const [format, accept, contentType] of formats) {
    const name = `${url.href} (${format})`
    const headers = defined({
      accept,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
    })
    const timeout = AbortSignal.timeout(answerWithinMs)
    let response: Response
    let text: string
    try {
      response = await fetch(url, { headers, signal: AbortSignal.any([signal, timeout]) })
      text = await response.text()
    } catch (cause) {
      if (signal.aborted) throw cause
      const late = timeout.aborted ? ` within ${answerWithinMs / 1_000} s` : ''
      throw new CompozyError('unavailable', `${url.href} does not answer${late}`, { cause })
    }
    if (response.status !== 200) {
      const said = text.trim().slice(0, 200)
      throw new CompozyError(
        'unavailable',
        `${name} answered ${response.status}${said && `: ${said}`}`,
      )
    }
    const given = response.headers.get('content-type')
    if (given !== contentType) {
      throw new CompozyError(
        'unavailable',
        `${name} came as "${given}" and not as "${contentType}"`,
      )
    }
    found.push({ name, text, format })
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

function place({ name }: ExpositionText, { line }: Finding): string {
  return line === 0 ? name : `${name}:${line}`
}

/** The part of a refused line around its column, with a caret below. */
function excerpt({ line, column, text }: ParseFailure): string {
  const from = Math.max(0, column - 1 - excerptWidth / 2)
  const shown = text.slice(from, from + excerptWidth).replaceAll('\t', ' ')
  const margin = ' '.repeat(String(line).length)
  return `  ${line} | ${shown}\n  ${margin} | ${' '.repeat(column - 1 - from)}^`
}

/** Reads and lints one text. Throws CompozyError `usage_invalid` if it is not an exposition. */
function lint({ name, text, format }: ExpositionText, options: LintOptions) {
  const parsed = parseExposition(text, defined({ format }))
  if ('families' in parsed) {
    const series = parsed.families.reduce((sum, { samples }) => sum + samples.length, 0)
    return {
      findings: lintExposition(parsed, options),
      counts: `${parsed.families.length} families, ${series} series`,
    }
  }
  const { line, column, message } = parsed
  throw new CompozyError(
    'usage_invalid',
    `${name}:${line}:${column}: ${message}\n${excerpt(parsed)}`,
  )
}

const times = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** How many findings there are of each severity, in words. */
function verdict(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const parts = [errors > 0 && times(errors, 'error'), warnings > 0 && times(warnings, 'warning')]
  return parts.filter((part) => part !== false).join(', ') || 'all good'
}

/** Checks an endpoint, a file or standard input (`-`), and returns the exit code. */
export async function checkMetrics(source: string, context: CommandContext): Promise<number> {
  const { terminal, flags, cwd } = context
  const maxSeries = maxSeriesOf(flags.values['max-series'])
  const coreOnly = flags.switches.has('core') || flags.switches.has('prd')
  const url = urlOf(source)
  const expositions =
    url === undefined
      ? [
          {
            name: source,
            text: readFile(source === '-' ? source : resolve(cwd, source), 'the exposition'),
          },
        ]
      : await fetchAll(url, context)
  const options = defined({ coreOnly, maxSeries })
  const all: Finding[] = []
  for (const exposition of expositions) {
    const { findings, counts } = lint(exposition, options)
    all.push(...findings)
    for (const finding of findings) {
      const { severity, metric, message, rule } = finding
      terminal.emit({ event: 'finding', source: exposition.name, ...finding })
      terminal.print(`${place(exposition, finding)}: ${severity}: ${metric} ${message} [${rule}]`)
    }
    terminal.print(`${exposition.name}: ${counts}; ${verdict(findings)}`)
  }
  const errors = all.filter(({ severity }) => severity === 'error').length
  terminal.emit({ event: 'checked', ok: errors === 0, errors, warnings: all.length - errors })
  return errors === 0 ? exitCodes.clean : exitCodes.failed
}
