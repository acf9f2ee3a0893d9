import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import {
  lintExposition,
  parseExposition,
  parseProtobuf,
  type Finding,
  type LintOptions,
  type ParseFailure,
} from '../../engine/infra/monitoring/public/index.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { decodeText } from './decode-text.ts'
import { isCutOffOpenMetrics } from './openmetrics-signs.ts'
import { prefixOf } from './prefix.ts'
import { readExpositions, type Exposition } from './read-expositions.ts'

/** Characters of a refused line that are shown. */
const excerptWidth = 100

function maxSeriesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new CompozyError(
    'usage_invalid',
    `flag --max-series="${text}"; it must be a whole number above 0`,
  )
}

function place({ name }: Exposition, { line }: Finding): string {
  return line === 0 ? name : `${name}:${line}`
}

/** The part of a refused line around its column, with a caret below. */
function excerpt({ line, column, text }: ParseFailure): string {
  const from = Math.max(0, column - 1 - excerptWidth / 2)
  const shown = text.slice(from, from + excerptWidth).replaceAll('\t', ' ')
  const margin = ' '.repeat(String(line).length)
  return `  ${line} | ${shown}\n  ${margin} | ${' '.repeat(column - 1 - from)}^`
}

/** Reads one exposition. Throws CompozyError `usage_invalid` if it is none, with the place. */
function parse({ name, body, format }: Exposition) {
  if (format === 'protobuf') {
    const parsed = parseProtobuf(body)
    if ('families' in parsed) return parsed
    throw new CompozyError('usage_invalid', `${name}: byte ${parsed.offset}: ${parsed.message}`)
  }
  const text = decodeText(body)
  const parsed = typeof text === 'string' ? parseExposition(text, defined({ format })) : text
  if ('families' in parsed) return parsed
  const { line, column, message } = parsed
  throw new CompozyError(
    'usage_invalid',
    `${name}:${line}:${column}: ${message}\n${excerpt(parsed)}`,
  )
}

/**
 * Throws CompozyError `usage_invalid` for OpenMetrics that was cut off: without its end it is read
 * as text, whose findings mislead.
 */
function refuseCutOff({ name, body, format }: Exposition): void {
  const text = format === undefined ? decodeText(body) : undefined
  if (typeof text !== 'string' || !isCutOffOpenMetrics(text)) return
  throw new CompozyError(
    'usage_invalid',
    `${name}: it looks like OpenMetrics without its end "# EOF"; the scrape is cut off, so take it again`,
  )
}

/** Reads and lints one exposition. Throws CompozyError `usage_invalid` if it is none. */
function lint(exposition: Exposition, options: LintOptions) {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(exposition)
  } catch (error) {
    refuseCutOff(exposition)
    throw error
  }
  const findings = lintExposition(parsed, options)
  if (findings.some(({ severity }) => severity === 'error')) refuseCutOff(exposition)
  const series = parsed.families.reduce((sum, { samples }) => sum + samples.length, 0)
  return {
    findings,
    counts: `${parsed.families.length} families, ${series} series`,
  }
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
  const { terminal, flags } = context
  const maxSeries = maxSeriesOf(flags.values['max-series'])
  const coreOnly = flags.switches.has('core') || flags.switches.has('prd')
  const expositions = await readExpositions(source, context)
  const options = defined({ coreOnly, maxSeries, prefix: prefixOf(context) })
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
