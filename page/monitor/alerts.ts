import type { Expression } from '../../promql/expression.ts'
import { evaluateVector } from '../../promql/evaluate.ts'
import { labelKey, withoutName, type Labels, type VectorSample } from '../../promql/value.ts'
import type { SampleStore } from '../../promql/sample-store.ts'
import { fillIn } from './template.ts'

/** A rule that records a series. */
export interface RecordingRule {
  readonly record: string
  readonly expression: Expression
  readonly labels: Labels
}

/** A rule that alerts. */
export interface AlertRule {
  readonly alert: string
  readonly expression: Expression
  /** How long the condition must hold, in ms. */
  readonly holdMs: number
  /** How far back the expression looks, in ms. */
  readonly windowMs: number
  readonly labels: Labels
  readonly annotations: Readonly<Record<string, string>>
}

/** Rules in the order in which Prometheus evaluates them. */
export type Rule = RecordingRule | AlertRule

/** An alert that is pending or fires. */
export interface ActiveAlert {
  readonly rule: AlertRule
  readonly labels: Labels
  readonly summary: string
  readonly description: string
  readonly state: 'pending' | 'firing'
  /** Since when the condition holds, in ms. */
  readonly since: number
}

/** Evaluates the shipped rules over the kept samples, one evaluation after another. */
export class AlertEvaluator {
  readonly #rules: readonly Rule[]
  readonly #since = new Map<AlertRule, Map<string, number>>()

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  /** Evaluates all rules at a time in ms; recorded series go into the store. */
  evaluate(store: SampleStore, at: number): readonly ActiveAlert[] {
    return this.#rules.flatMap((rule) => {
      const found = evaluateVector(rule.expression, store, at)
      if ('alert' in rule) return this.#activate(rule, found, at)
      const samples = found.map(({ labels, value }) => ({
        labels: { ...labels, ...rule.labels, __name__: rule.record },
        value,
      }))
      store.add(samples, at, new Set([rule.record]))
      return []
    })
  }

  #activate(rule: AlertRule, found: readonly VectorSample[], at: number): ActiveAlert[] {
    const before = this.#since.get(rule)
    const now = new Map<string, number>()
    const active = found.map(({ labels, value }): ActiveAlert => {
      const own = withoutName(labels)
      const key = labelKey(own)
      const since = before?.get(key) ?? at
      now.set(key, since)
      const say = (name: string) => fillIn(rule.annotations[name] ?? '', own, value)
      return {
        rule,
        labels: { ...own, ...rule.labels },
        summary: say('summary'),
        description: say('description'),
        state: at - since >= rule.holdMs ? 'firing' : 'pending',
        since,
      }
    })
    this.#since.set(rule, now)
    return active
  }
}
