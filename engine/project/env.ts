import { randomUUID } from 'node:crypto'
import type { Path } from '../core/source.ts'
import { checkTemplate, hasTemplate } from '../template/index.ts'
import { renderTemplate, TemplateError, textOf, type TemplateIr } from '../template/sandbox.ts'
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
  file: Variables,
): Variables {
  const own = Object.entries(processEnv).flatMap(([name, value]) =>
    value === undefined || (value === '' && Object.hasOwn(file, name))
      ? []
      : [[name, value] as const],
  )
  return { ...file, ...Object.fromEntries(own) }
}

/** Evaluates a template of an `env:` section. @throws TemplateError */
function renderEnv(template: TemplateIr, env: Variables): string {
  const scope = { roots: { env }, now: Date.now(), uuid: randomUUID }
  return textOf(renderTemplate(template, scope))
}

/** The same variables with other values, so that no result reveals the real ones. */
const standIns = (env: Variables): Variables =>
  Object.fromEntries(Object.keys(env).map((name) => [name, `(value of ${name})`]))

/**
 * Evaluates a template of an `env:` section. What it says of a failure holds no value of the
 * environment, not even in part or encoded: it comes from a second evaluation without them.
 */
function evaluateEnv(
  template: TemplateIr,
  env: Variables,
): { readonly value: string } | { readonly problem: string } {
  try {
    return { value: renderEnv(template, env) }
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown
  }
  try {
    renderEnv(template, standIns(env))
    return { problem: 'the template fails for the values that its variables have' }
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown
    return { problem: thrown.path === undefined ? thrown.message : `${thrown.path} is not set` }
  }
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
    const result = evaluateEnv(template, outer)
    if (!('problem' in result)) return [[name, result.value] as const]
    const hint =
      'set the variable, put it into the file .env beside compozy.yaml, or give a default'
    report.error(at, result.problem, { hint })
    return []
  })
  return Object.fromEntries(entries)
}
