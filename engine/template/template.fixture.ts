import type { JsonValue } from '../core/json.ts'
import { renderTemplate } from './evaluate.ts'
import { parseTemplate } from './parse.ts'
import { TemplateSyntaxError } from './problem.ts'
import type { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'

/** Where the templates of tests stand. */
export const place = 'orders.yaml:4:11'

/** A scope as the first task of a run may have it. */
export const scope: Scope = {
  roots: {
    input: {
      customer: 'Ada',
      total: 120.5,
      count: 3,
      vip: true,
      note: null,
      empty: '',
      zero: 0,
      tags: ['a', 'b', 'c'],
      lines: [
        { sku: 'x', price: 10 },
        { sku: 'y', price: 20 },
      ],
      none: [],
      address: { street: 'Main', zip: '12345' },
    },
    tasks: {
      'check-stock': { output: { left: 7 }, status: 'completed', attempts: 1 },
      price: { output: null, status: 'skipped' },
    },
    env: { REGION: 'eu' },
  },
  now: Date.parse('2026-01-31T10:30:00Z'),
  uuid: () => '6f1b2c3d-0000-4000-8000-123456789abc',
}

/** The value of a template in {@link scope}. */
export function render(text: string, within: Scope = scope): JsonValue {
  return renderTemplate(parseTemplate(text, place), within)
}

/** The TemplateError of a template that must fail in its evaluation. */
export function renderError(text: string, within: Scope = scope): TemplateError {
  const template = parseTemplate(text, place)
  try {
    renderTemplate(template, within)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error(`"${text}" gave a value`)
}

/** The syntax error of a text that must not parse. */
export function parseError(text: string): TemplateSyntaxError {
  try {
    parseTemplate(text, place)
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return error
    throw error
  }
  throw new Error(`"${text}" parses`)
}
