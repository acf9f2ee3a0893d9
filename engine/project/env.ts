import { randomUUID } from 'node:crypto'
import { parseEnv } from 'node:util'
import type { Path } from '../core/source.ts'
import { checkTemplate, hasTemplate } from '../template/index.ts'
import { renderTemplate, TemplateError, textOf } from '../template/sandbox.ts'
import { compileTemplate, reportProblem } from '../compiler/compile-template.ts'
import type { Report } from '../schema/report.ts'

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>

/**
 * What `{{ .env.NAME }}` in an `env:` section can read: the process environment and, under it, the
 * project's `.env` file. An empty variable of the process does not hide the file's.
 */
export function outerVariables(
  processEnv: Readonly<Record<string, string | undefined>>,
  dotEnvText: string | undefined,
): Variables {
  const file = dotEnvText === undefined ? {} : (parseEnv(dotEnvText) as Record<string, string>)
  const own = Object.entries(processEnv).flatMap(([name, value]) =>
    value === undefined || (value === '' && file[name] !== undefined)
      ? []
      : [[name, value] as const],
  )
  return { ...file, ...Object.fromEntries(own) }
}

/**
 * Evaluates the values of an `env:` section; what can't be evaluated is reported at its place and
 * left out.
 */
export function resolveEnv(
  env: Variables | undefined,
  path: Path,
  outer: Variables,
  report: Report,
): Variables {
  const entries = Object.entries(env ?? {}).flatMap(([name, text]) => {
    if (!hasTemplate(text)) return [[name, text] as const]
    const at = [...path, name]
    const template = compileTemplate(text, at, report)
    if (template === undefined) return []
    let sound = true
    const scope = { roots: new Set(['env']), tasks: new Map<string, 'ok'>() }
    checkTemplate(template, scope, (problem) => {
      sound = false
      const hint = 'here only .env.NAME can be read: the environment, or the file .env'
      reportProblem(report, at, { ...problem, hint })
    })
    if (!sound) return []
    try {
      const value = renderTemplate(template, {
        roots: { env: outer },
        now: Date.now(),
        uuid: randomUUID,
      })
      return [[name, textOf(value)] as const]
    } catch (thrown) {
      if (!(thrown instanceof TemplateError)) throw thrown
      const hint =
        'set the variable, put it into the file .env beside compozy.yaml, or give a default'
      report.error(at, thrown.path === undefined ? thrown.message : `${thrown.path} is not set`, {
        hint,
      })
      return []
    }
  })
  return Object.fromEntries(entries)
}
