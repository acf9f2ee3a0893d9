import { describe, expect, it } from 'vitest'
import {
  changeField,
  controlOf,
  problemOfNumber,
  readJson,
  readNumber,
  startingValue,
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
})

describe('an object of a form', () => {
  const schema: FormSchema = {
    type: 'object',
    required: ['name', 'kind', 'urgent', 'tags', 'from'],
    properties: {
      name: { type: 'string' },
      kind: { enum: ['x', 'y'] },
      urgent: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      from: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
      note: { type: 'string' },
    },
  }
  const shown = { urgent: false, tags: [], from: {} }

  it('Should drop a key that is emptied', () => {
    const field = { schema, required: true, value: { name: 'a', note: 'b' } }
    expect(changeField(field, 'note', undefined)).toEqual({ name: 'a' })
    expect(changeField(field, 'note', null)).toEqual({ name: 'a', note: null })
  })

  it('Should begin with what its fields show once one of them is filled in', () => {
    const absent = { schema, required: false, value: undefined }
    expect(changeField(absent, 'note', 'b')).toEqual({ ...shown, note: 'b' })
    expect(changeField(absent, 'urgent', true)).toEqual({ ...shown, urgent: true })
  })

  it.each<[string, Record<string, unknown>, string, unknown]>([
    ['text', { ...shown, name: 'a' }, 'name', undefined],
    ['choice', { ...shown, kind: 'x' }, 'kind', undefined],
    ['flag', { ...shown, urgent: true }, 'urgent', false],
    ['entry', { ...shown, tags: ['a'] }, 'tags', []],
    ['field inside', { ...shown, from: { city: 'a' } }, 'from', {}],
    ['field of its own', { note: 'b' }, 'note', undefined],
  ])('Should be absent again without its last %s, unless it is required', (_, value, key, next) => {
    expect(changeField({ schema, required: false, value }, key, next)).toBeUndefined()
    expect(changeField({ schema, required: true, value }, key, next)).toBeDefined()
  })

  describe('with defaults', () => {
    const schema: FormSchema = {
      type: 'object',
      required: ['home'],
      properties: {
        note: { type: 'string' },
        country: { type: 'string', default: 'DE' },
        urgent: { type: 'boolean', default: true },
        home: {
          type: 'object',
          required: ['kind'],
          properties: { kind: { enum: ['x', 'y'] } },
        },
      },
    }
    const change = (value: Record<string, unknown> | undefined, key: string, next: unknown) =>
      changeField({ schema, required: false, value }, key, next)

    it('Should begin with them, and choose nothing for the person', () => {
      const begun = change(undefined, 'note', 'b')
      expect(begun).toEqual({ note: 'b', country: 'DE', urgent: true, home: {} })
      expect(change(begun, 'note', undefined)).toBeUndefined()
    })

    it('Should be there with a default that is entered, and with a changed one', () => {
      expect(change(undefined, 'country', 'DE')).toEqual({ country: 'DE', urgent: true, home: {} })
      const changed = { country: 'FR', urgent: true, home: {}, note: 'b' }
      expect(change(changed, 'note', undefined)).toEqual({ country: 'FR', urgent: true, home: {} })
    })
  })

  it('Should stay while anything is entered in it, known to the schema or not', () => {
    for (const rest of [{ name: 'a' }, { urgent: true }, { tags: ['a'] }, { other: null }]) {
      const value = { ...rest, note: 'b' }
      expect(changeField({ schema, required: false, value }, 'note', undefined)).toEqual(rest)
    }
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
