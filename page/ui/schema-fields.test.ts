import { describe, expect, it } from 'vitest'
import {
  controlOf,
  problemOfNumber,
  readJson,
  readNumber,
  startingValue,
  withKey,
  type FormSchema,
} from './schema-fields.ts'

describe('a form made from a schema', () => {
  it.each<[string, FormSchema, string]>([
    ['an enum', { enum: ['a', 'b'] }, 'choice'],
    ['an enum of objects', { enum: [{}] }, 'json'],
    ['a boolean', { type: 'boolean' }, 'flag'],
    ['an integer', { type: 'integer' }, 'number'],
    ['a text', { type: 'string' }, 'text'],
    ['an object with fields', { type: 'object', properties: {} }, 'object'],
    ['an object without fields', { type: 'object' }, 'json'],
    ['an array of anything', { type: 'array' }, 'json'],
    ['an array of texts', { type: 'array', items: { type: 'string' } }, 'list'],
    ['several types', { type: ['string', 'null'] }, 'json'],
    ['no type', {}, 'json'],
  ])('Should choose how to enter %s', (_, schema, control) => {
    expect(controlOf(schema)).toBe(control)
  })

  it('Should start with the defaults and what is required, and nothing else', () => {
    const schema: FormSchema = {
      type: 'object',
      required: ['items', 'kind', 'name'],
      properties: {
        items: { type: 'array' },
        kind: { enum: ['x', 'y'] },
        name: { type: 'string' },
        hurry: { type: 'boolean', default: true },
        note: { type: 'string' },
      },
    }
    expect(startingValue(schema)).toEqual({ items: [], kind: 'x', hurry: true })
  })

  it('Should start a list with the one entry that it must have', () => {
    const items: FormSchema = { type: 'object', properties: { n: { type: 'integer', default: 1 } } }
    expect(startingValue({ type: 'array', items, minItems: 1 })).toEqual([{ n: 1 }])
    expect(startingValue({ type: 'array', items })).toEqual([])
  })

  it('Should send numbers as numbers, and what is none as the person typed it', () => {
    expect([readNumber('1.5'), readNumber(' '), readNumber('1x')]).toEqual([1.5, undefined, '1x'])
  })

  it('Should drop a key that is emptied', () => {
    expect(withKey({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 })
    expect(withKey({ a: 1 }, 'b', null)).toEqual({ a: 1, b: null })
  })
})

describe('what is typed', () => {
  it('Should be read as JSON, and be nothing when empty', () => {
    expect(readJson('{"id": 7}')).toEqual({ value: { id: 7 } })
    expect(readJson(' \n')).toEqual({ value: undefined })
    expect(readJson('null')).toEqual({ value: null })
  })

  it.each([
    ['{"id": 9007199254740993}', /^\/id .*9007199254740993 is too large to be exact/],
    ['1e400', /is too large/],
    ['{"a": 1, "a": 2}', /"a"/],
    ['{', /^is not valid JSON: /],
  ])('Should not be altered in JSON, but refused with its place: %s', (text, problem) => {
    expect(readJson(text)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it.each([
    ['9007199254740993', /too large to be exact/],
    ['1e400', /too large/],
    ['9007199254740991', /^$/],
    ['0.1', /^$/],
    ['', /^$/],
  ])('Should not be altered in a number field: %s', (text, problem) => {
    expect(problemOfNumber(text)).toMatch(problem)
  })
})
