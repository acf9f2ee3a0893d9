import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCondition } from '../parse/parse-condition.ts'
import { hostileEvaluations } from '../testing/hostile.ts'
import { place } from '../testing/render.ts'
import { ActivationBudget, maximumSteps } from './budget.ts'
import { evaluateCondition } from './evaluate.ts'
import type { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'

/** Attacks that the functions now do in linear time, or refuse for another reason. */
const harmless = new Set([
  'contains of a periodic part',
  'replace of a periodic part',
  'split at a periodic part',
  'fromJson of brackets',
  'range over a long list',
  'sort of long common prefixes',
  'CEL: contains of a periodic part',
])

function outcome(source: string, scope: Scope): string {
  try {
    evaluateCondition(parseCondition(source, place), scope)
    return 'value'
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return error.place === place ? error.type : 'another place'
  }
}

function scopeOf(roots: Scope['roots'], activation = new ActivationBudget()): Scope {
  return { roots, now: 0, uuid: () => '', activation }
}

describe('A hostile evaluation', () => {
  it.each(hostileEvaluations.map((entry) => [entry.name, entry] as const))(
    'Should end at a limit: %s',
    (name, { source, roots }) => {
      const activation = new ActivationBudget()
      const ended = outcome(source, scopeOf(roots, activation))
      expect(ended === 'LimitExceeded').toBe(!harmless.has(name))
      expect(activation.spent).toBeGreaterThan(0)
    },
  )

  it('Should end whatever it is made of', () => {
    const [{ roots }] = hostileEvaluations as [(typeof hostileEvaluations)[number]]
    const value = fc.constantFrom(...Object.keys(roots).map((name) => `$.${name}`))
    const wrap = fc.constantFrom(
      'toJson',
      'printf "%v"',
      'printf "%q"',
      'split "a"',
      'join ","',
      'repeat 1000',
      'uniq',
      'sort',
      'sha256sum',
      'fromJson',
      'quote',
      'title',
      'keys',
      'replace "a" "bb"',
      'list 1',
      'contains "zz"',
      'b64enc',
      'urlEncode',
      'reverse',
      'len',
      'date',
      'merge',
      'append 1',
    )
    const template = fc
      .tuple(value, fc.array(wrap, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 9 }))
      .map(([start, calls, count]) => {
        const expression = [start, ...calls].join(' | ')
        return `{{ range ${count} }}{{ if ${expression} }}{{ end }}{{ ${expression} }}{{ end }}`
      })
    fc.assert(
      fc.property(template, (source) => {
        expect(['value', 'TemplateError', 'LimitExceeded']).toContain(
          outcome(source, scopeOf(roots)),
        )
      }),
      { numRuns: 150 },
    )
  })
})

describe('The budget of an activation', () => {
  const roots = { items: Array.from({ length: 300 }, (_, index) => index) }
  const source = 'items.exists(item, item < 0)'

  it('Should count the steps of every evaluation, the same each time', () => {
    const spent = [1, 2].map(() => {
      const activation = new ActivationBudget()
      outcome(source, scopeOf(roots, activation))
      outcome('{{ len .items }}', scopeOf(roots, activation))
      return activation.spent
    })
    expect(spent[0]).toBeGreaterThan(300)
    expect(spent[1]).toBe(spent[0])
  })

  it('Should end many cheap evaluations with LimitExceeded', () => {
    const activation = new ActivationBudget(20_000)
    const outcomes = Array.from({ length: 100 }, () => outcome(source, scopeOf(roots, activation)))
    expect(outcomes[0]).toBe('value')
    expect(outcomes.at(-1)).toBe('LimitExceeded')
    expect(outcomes.indexOf('LimitExceeded')).toBeGreaterThan(5)
  })

  it('Should not be there unless it is passed', () => {
    const alone = { roots, now: 0, uuid: () => '' }
    const outcomes = Array.from({ length: 200 }, () => outcome(source, alone))
    expect(new Set(outcomes)).toEqual(new Set(['value']))
  })

  it('Should leave an evaluation its own limit', () => {
    const activation = new ActivationBudget()
    expect(outcome('{{ range 1000000 }}{{ end }}', scopeOf({}, activation))).toBe('LimitExceeded')
    expect(activation.spent).toBeLessThan(2 * maximumSteps)
  })
})
