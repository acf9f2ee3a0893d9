import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../core/json.ts'
import { compileLinearPattern } from './linear-pattern.ts'
import { checkOf, compileSchema } from './testing/compile.ts'

/** The violations as `pointer: message`. */
const judge = (schema: object, value: JsonValue): string[] =>
  checkOf(schema)
    .accept(value)
    .violations.map(({ pointer, message }) => `${pointer}: ${message}`)

const tooMuchWork = ': takes too much work to validate; send a smaller value'

const nested = (depth: number): JsonValue => {
  let value: JsonValue = 1
  for (let i = 0; i < depth; i++) value = { a: value }
  return value
}

describe('multipleOf', () => {
  it.each([
    [0.01, 19.99],
    [0.01, -19.99],
    [0.01, 1e15],
    [0.1, 0.3],
    [0.0001, 1.0001],
    [1e-10, 1e300],
    [3, 9],
    [2.5, 10],
    [7, 0],
  ])('Should take %d to divide %d', (divisor, value) => {
    expect(judge({ multipleOf: divisor }, value)).toEqual([])
  })

  it.each([
    [0.01, 19.995],
    [0.1, 0.35],
    [3, 10],
    [2.5, 9],
    [7, 0.5],
  ])('Should take %d not to divide %d', (divisor, value) => {
    expect(judge({ multipleOf: divisor }, value)).toEqual([`: must be a multiple of ${divisor}`])
  })
})

describe('properties', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'Should count only as own properties: %s',
    (name) => {
      expect(judge({ required: [name] }, {})).toEqual([`/${name}: is required`])
      expect(judge({ dependentRequired: { a: [name] } }, { a: 1 })).toEqual([
        `/${name}: is required`,
      ])
      const own = JSON.parse(`{"${name}": "x"}`) as JsonValue
      expect(judge({ required: [name], properties: { [name]: { type: 'string' } } }, own)).toEqual(
        [],
      )
      expect(judge({ properties: { [name]: { type: 'number' } } }, {})).toEqual([])
    },
  )
})

describe('equality', () => {
  it.each<[JsonValue[]]>([
    [[1, 2, 1]],
    [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    [[[{ a: [] }], [{ a: [] }]]],
    [['x', 'x']],
    [[{ a: 'x'.repeat(100) }, { a: 'x'.repeat(100) }]],
  ])('Should find equal items: %j', (items) => {
    expect(judge({ uniqueItems: true }, items)).toEqual([
      expect.stringMatching(/^: must not have equal items \(items \d and \d are equal\)$/),
    ])
    expect(judge({ uniqueItems: false }, items)).toEqual([])
  })

  it.each<[JsonValue[]]>([
    [[1, '1', true, 'true', null, 'null']],
    [[{ a: 1 }, { a: 2 }, { b: 1 }, [1], []]],
    [[{}, { toString: '' }, { constructor: 1 }]],
    [[['a,b'], ['a', 'b']]],
    [['#0', { a: 'x'.repeat(100) }]],
  ])('Should tell items apart: %j', (items) => {
    expect(judge({ uniqueItems: true }, items)).toEqual([])
  })

  it('Should compare 140,000 items in one pass', () => {
    const items = Array.from({ length: 140_000 }, (_, i) => i)
    expect(judge({ uniqueItems: true }, items)).toEqual([])
    expect(judge({ uniqueItems: true }, [...items, 7])).toHaveLength(1)
  })

  it('Should hold for enum and const', () => {
    const schema = { enum: [{ toString: '' }, [1], 'a', null] }
    for (const value of [{ toString: '' }, [1], 'a', null]) expect(judge(schema, value)).toEqual([])
    for (const value of [{}, [2], 'b', 0]) expect(judge(schema, value)).toHaveLength(1)
    expect(judge({ const: { a: 1, b: 2 } }, { b: 2, a: 1 })).toEqual([])
    expect(judge({ const: 1 }, 2)).toEqual([': must be 1'])
  })
})

describe('lengths', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['😀😀', 2],
    ['a😀b', 3],
    ['é́', 2],
    ['😀'.repeat(5_000), 5_000],
  ])('Should count characters: %.10s has %d', (text, length) => {
    expect(judge({ minLength: length, maxLength: length }, text)).toEqual([])
    expect(judge({ minLength: length + 1 }, text)).toEqual([
      `: must NOT have fewer than ${length + 1} characters`,
    ])
    expect(judge({ maxLength: length }, `${text}😀`)).toEqual([
      `: must NOT have more than ${length} characters`,
    ])
  })
})

describe('defaults', () => {
  it.each<[string, object, JsonValue, JsonValue]>([
    [
      'behind a $ref',
      { properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { default: 5 } } },
      {},
      { a: 5 },
    ],
    [
      'behind a chain of $ref',
      {
        properties: { a: { $ref: '#/$defs/B' } },
        $defs: { B: { $ref: '#/$defs/A' }, A: { default: {}, properties: { x: { default: 1 } } } },
      },
      {},
      { a: { x: 1 } },
    ],
    [
      'where the root is a $ref',
      { $ref: '#/$defs/A', $defs: { A: { properties: { x: { default: 1 } } } } },
      {},
      { x: 1 },
    ],
    [
      'in allOf',
      { allOf: [{ properties: { x: { default: 1 } } }, { properties: { y: { default: 2 } } }] },
      { y: 3 },
      { y: 3, x: 1 },
    ],
    [
      'in items and additionalProperties',
      {
        items: { properties: { x: { default: 1 } } },
        additionalProperties: { properties: { x: { default: 2 } } },
      },
      [{}, { x: 5 }],
      [{ x: 1 }, { x: 5 }],
    ],
    [
      'of a name that every object inherits',
      { properties: { constructor: { default: 1 } } },
      {},
      {
        constructor: 1,
      },
    ],
    ['and leave null alone', { properties: { a: { default: 1 } } }, { a: null }, { a: null }],
  ])('Should be filled in %s', (_, schema, value, filled) => {
    const before = JSON.stringify(value)
    expect(checkOf(schema).accept(value)).toEqual({ value: filled, violations: [] })
    expect(JSON.stringify(value)).toBe(before)
  })

  it.each(['anyOf', 'oneOf'])('Should be reported at load where they can not be: %s', (keyword) => {
    const { check, reported } = compileSchema(
      `properties:\n  a:\n    ${keyword}:\n      - {properties: {x: {default: 1}}}\n`,
    )
    expect(reported).toEqual([
      `4:9: warning: defaults inside "${keyword}" are not filled in; the schema there may not apply`,
    ])
    expect(check!.accept({ a: {} }).value).toEqual({ a: {} })
  })

  it.each([
    ['dependentSchemas', '{card: {properties: {x: {default: 1}}}}', '/card'],
    ['dependencies', '{card: {properties: {x: {default: 1}}}}', '/card'],
    ['unevaluatedProperties', '{properties: {x: {default: 1}}}', ''],
    ['unevaluatedItems', '{properties: {x: {default: 1}}}', ''],
    ['contentSchema', '{properties: {x: {default: 1}}}', ''],
  ])('Should be reported at load, by the keyword they are in: %s', (keyword, inner) => {
    const { check, reported } = compileSchema(`properties:\n  a: {${keyword}: ${inner}}\n`)
    expect(reported).toEqual([
      expect.stringMatching(
        `^2:\\d+: warning: defaults inside "${keyword}" are not filled in; the schema there may not`,
      ),
    ])
    for (const a of [{ card: 1, b: {} }, [{}]]) expect(check!.accept({ a }).value).toEqual({ a })
  })

  it.each([
    [
      'its own schema',
      '$dynamicAnchor: node\nproperties: {x: {default: 1}, sub: {$dynamicRef: "#node"}}',
    ],
    [
      'a resource of its own, from within anyOf',
      'properties: {sub: {anyOf: [{$dynamicRef: "#a"}]}}\n' +
        '$defs: {a: {$dynamicAnchor: a}, b: {$id: "b:b", $dynamicAnchor: a, default: 1}}',
    ],
  ])('Should be reported at load behind $dynamicRef: %s', (_, schema) => {
    const { check, reported } = compileSchema(`${schema}\n`)
    expect(reported).toEqual([
      expect.stringMatching(
        /warning: defaults behind "\$dynamicRef" are not filled in; it may lead elsewhere$/,
      ),
    ])
    expect(check!.accept({ x: 2, sub: {} }).value).toEqual({ x: 2, sub: {} })
  })

  it('Should not be reported where all of them are filled in, or none is behind the keyword', () => {
    for (const schema of [
      'properties: {a: {patternProperties: {x: {properties: {y: {default: 1}}}}}}',
      'properties: {a: {prefixItems: [{default: 1}], items: {properties: {y: {default: 1}}}}}',
      'properties: {a: {default: 1}}\ndependencies: {a: [b], b: {type: object}}',
      'properties: {a: {default: 1}}\nunevaluatedProperties: {type: string}',
      '$defs: {a: {$dynamicAnchor: a, type: string}}\nproperties: {a: {$dynamicRef: "#a"}, b: {default: 1}}',
    ])
      expect(compileSchema(`${schema}\n`).reported).toEqual([])
  })

  it('Should not be reported where there are none', () => {
    expect(
      compileSchema('anyOf: [{type: string}, {properties: {a: {type: object}}}]').reported,
    ).toEqual([])
  })

  it('Should be told once where a schema fills none in and requires them nevertheless', () => {
    const { reported } = compileSchema(
      'required: [a]\nproperties:\n  a: {default: 1}\n  b:\n    required: [c]\n    properties: {c: {default: 1}}\n',
      'check',
    )
    expect(reported).toEqual(['3:16: warning: defaults of this schema are not filled in'])
  })

  it('Should be told so behind a reference, and inside other keywords', () => {
    const { reported } = compileSchema(
      'items:\n  anyOf:\n    - {required: [a], properties: {a: {$ref: "#/$defs/A"}}}\n$defs: {A: {default: 1}}\n',
      'check',
    )
    expect(reported).toEqual(['3:39: warning: defaults of this schema are not filled in'])
  })

  it('Should not be told of where nobody relies on them, and never be advised on elsewhere', () => {
    const optional = 'properties: {a: {default: 1}, b: {type: string}}\nrequired: [b]\n'
    expect(compileSchema(optional, 'check').reported).toEqual([])
    const conditional = 'anyOf: [{properties: {x: {default: 1}}}]\n'
    expect(compileSchema(conditional, 'check').reported).toEqual([])
    expect(compileSchema('required: [a]\nproperties: {a: {default: 1}}\n').reported).toEqual([])
  })

  it('Should end where they call for themselves', () => {
    const schema = {
      $ref: '#/$defs/A',
      $defs: { A: { default: {}, properties: { a: { $ref: '#/$defs/A' } } } },
    }
    expect(judge(schema, {})).toEqual([': nests too deep once defaults are filled in'])
  })
})

describe('patterns', () => {
  it.each([
    ['^(a+)+$', `${'a'.repeat(31)}!`, 'aaa'],
    ['^(\\w+\\s?)*$', `${'a '.repeat(40)}!`, 'a b'],
    ['^\\p{Script=Greek}+$', 'abc', 'αβγ'],
    ['^[a-z0-9_-]{3}$', 'ab', 'a-1'],
    ['\\u0041\\/b', 'Ab', 'xA/b'],
    ['^[a-z]+\\-\\d\\_$', 'a1', 'ab-1_'],
  ])('Should match %s in linear time', (pattern, bad, good) => {
    expect(judge({ pattern }, bad)).toEqual([`: must match pattern "${pattern}"`])
    expect(judge({ pattern }, good)).toEqual([])
    expect(judge({ patternProperties: { [pattern]: { type: 'number' } } }, { [bad]: '' })).toEqual(
      [],
    )
    expect(
      judge({ patternProperties: { [pattern]: { type: 'number' } } }, { [good]: '' }),
    ).toHaveLength(1)
  })

  it.each(['(?=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(?:a{1,1000}){1,1000}'])(
    'Should be refused at load where RE2 has no such thing: %s',
    (pattern) => {
      const { check, reported } = compileSchema(`type: string\npattern: '${pattern}'\n`)
      expect(check).toBeUndefined()
      expect(reported).toEqual([
        expect.stringContaining(
          `2:10: error: the pattern ${JSON.stringify(pattern)} is not supported`,
        ),
      ])
      expect(compileSchema(`patternProperties:\n  '${pattern}': true\n`).check).toBeUndefined()
    },
  )

  it('Should be refused beyond their number of characters', () => {
    expect(judge({ pattern: '(a|b)+c' }, 'a'.repeat(2_100_000))).toEqual([tooMuchWork])
    expect(judge({ pattern: '(a|b)+c' }, `${'a'.repeat(200_000)}c`)).toEqual([])
  })

  it('Should be matched by RE2 where a repetition is tried again at each place', () => {
    for (const source of ['^a*[ab]{999}c', '^a*b*c', 'a*$'])
      expect(compileLinearPattern(source)).toMatchObject({ isNative: false })
    for (const source of ['^[a-z]{2}\\d+$', '^a*b$'])
      expect(compileLinearPattern(source)).toMatchObject({ isNative: true })
  })
})

describe('a value that would take too long', () => {
  it.each<[string, object, JsonValue]>([
    ['nests 3,500 levels', { properties: { a: { $ref: '#' } } }, nested(3_500)],
    ['nests 100,000 levels', { type: 'object' }, nested(100_000)],
    ['sends the schema in circles', { anyOf: [{ $ref: '#' }] }, 1],
    [
      'doubles the work with each level',
      { properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } }, required: ['b'] },
      nested(190),
    ],
    ['is a long text for a format', { format: 'email' }, `${'a'.repeat(10_000)}@b.c`],
  ])('Should be refused, not thrown: it %s', (_, schema, value) => {
    expect(judge(schema, value).length).toBeGreaterThan(0)
  })

  const many = <T>(count: number, item: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => item(i))

  it.each<[string, object, JsonValue]>([
    [
      'has many alternatives',
      { items: { oneOf: many(40, (i) => ({ properties: { k: { const: i } }, required: ['k'] })) } },
      many(40_000, () => ({ k: 39 })),
    ],
    [
      'has many items to compare',
      { uniqueItems: true },
      many(60_000, (i) => ({ a: i, b: `${i}`, c: [i] })),
    ],
    [
      'has many defaults to fill in',
      { items: { properties: { a: { default: many(100, (i) => ({ i })) } } } },
      many(50_000, () => ({})),
    ],
    ['has many decimals', { items: { multipleOf: 0.01 } }, many(190_000, (i) => i + 0.01)],
    ['has large decimals', { items: { multipleOf: 1e-300 } }, many(50_000, () => 1.1e300)],
    [
      'has many required names',
      { items: { required: many(200, (i) => `r${i}`) } },
      many(20_000, () => Object.fromEntries(many(200, (i) => [`r${i}`, 1]))),
    ],
    [
      'has many texts for a pattern',
      { items: { pattern: '^(a+)+$' } },
      many(60_000, () => 'aaaaaaaaaaaaaaaaaaaaaaaa'),
    ],
    [
      'has many objects for many properties with a default inside',
      {
        items: {
          properties: Object.fromEntries(
            many(1_000, (i) => [`p${i}`, { properties: { x: { default: 1 } } }]),
          ),
        },
      },
      many(66_000, () => ({})),
    ],
    [
      'has many objects for a default behind an anchor',
      {
        items: { $ref: '#z' },
        $defs: {
          ...Object.fromEntries(many(1_500, (i) => [`p${i}`, { type: 'string' }])),
          last: { $anchor: 'z', properties: { a: { default: 1 } } },
        },
      },
      many(66_000, () => ({})),
    ],
    [
      'has many properties to count again and again',
      { allOf: many(1_000, () => ({ minProperties: 1 })) },
      Object.fromEntries(many(20_000, (i) => [`a${i}`, 1])),
    ],
    [
      'has many names to check again and again',
      { allOf: many(300, () => ({ propertyNames: { maxLength: 30 } })) },
      Object.fromEntries(many(20_000, (i) => [`a${i}`, 1])),
    ],
    [
      'has many properties that many alternatives evaluate',
      { anyOf: many(300, () => ({ additionalProperties: {} })), unevaluatedProperties: false },
      Object.fromEntries(many(20_000, (i) => [`a${i}`, 1])),
    ],
    [
      'has many objects for many dependencies',
      { items: { dependentRequired: Object.fromEntries(many(1_000, (i) => [`a${i}`, ['b']])) } },
      many(60_000, () => ({})),
    ],
  ])('Should be refused as too much work: it %s', (_, schema, value) => {
    expect(judge(schema, value)).toEqual([tooMuchWork])
  })

  it.each<[string, object, JsonValue]>([
    ['objects', { uniqueItems: true }, many(60_000, (i) => ({ a: i }))],
    ['values of one schema', { items: { type: 'integer' } }, many(200_000, (i) => i)],
    ['choices', { items: { enum: many(4_000, (i) => `e${i}`) } }, many(50_000, () => 'e3999')],
    [
      'choices that are objects',
      { items: { enum: many(2_000, (i) => ({ a: i })) } },
      many(20_000, () => ({ a: 1_999 })),
    ],
    ['characters to count', { allOf: many(50, (i) => ({ minLength: i })) }, '😀'.repeat(450_000)],
    [
      'names for a pattern',
      {
        patternProperties: { '(a|b)c': { type: 'number' } },
        additionalProperties: { properties: { x: { default: 1 } } },
      },
      Object.fromEntries(many(5_000, (i) => [`ac${i}`, i])),
    ],
  ])('Should be taken where it has many %s', (_, schema, value) => {
    expect(judge(schema, value)).toEqual([])
  })

  it('Should be taken where it does neither', () => {
    expect(judge({ properties: { a: { $ref: '#' } } }, nested(200))).toEqual([])
    expect(judge({ format: 'email' }, 'a@b.example')).toEqual([])
  })
})

describe('what other keywords have described', () => {
  const closed = { unevaluatedProperties: false, unevaluatedItems: false }

  it.each<[string, object, JsonValue, string[]]>([
    ['allOf', { allOf: [{ properties: { a: {} } }] }, { a: 1, b: 1 }, ['/b']],
    [
      'a reference',
      { $ref: '#/$defs/x', $defs: { x: { properties: { a: {} } } } },
      { b: 1 },
      ['/b'],
    ],
    ['an alternative that fits', { anyOf: [{ required: ['z'] }, {}] }, { a: 1 }, ['/a']],
    [
      'each alternative that fits',
      { anyOf: [{ properties: { a: {} } }, { properties: { b: {} } }] },
      { a: 1, b: 1 },
      [],
    ],
    [
      'if and then',
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      { if: { properties: { a: {} } }, then: { properties: { b: {} } } },
      { a: 1, b: 1 },
      [],
    ],
    ['not', { not: { not: { properties: { a: {} } } } }, { a: 1 }, ['/a']],
    ['prefixItems', { prefixItems: [{}, {}] }, [1, 2, 3], ['']],
    ['contains', { contains: { const: 1 } }, [1, 1], []],
    ['contains, but not all', { contains: { const: 1 } }, [1, 2], ['']],
  ])('Should count through %s', (_, schema, value, pointers) => {
    const found = checkOf({ ...schema, ...closed }).violations(value)
    expect(found.map(({ pointer }) => pointer)).toEqual(pointers)
  })

  it('Should name an item that nothing has described, also behind one that "contains" has', () => {
    const schema = { prefixItems: [{}], contains: { const: 1 }, unevaluatedItems: false }
    expect(judge(schema, [0, 1, 2])).toEqual([
      ': must not have items that no keyword evaluates (item 2 is one)',
    ])
    expect(judge(schema, [0, 1, 1])).toEqual([])
  })

  it('Should not count where a neighbor has described it', () => {
    expect(
      judge({ allOf: [{ properties: { a: {} } }, { unevaluatedProperties: false }] }, { a: 1 }),
    ).toEqual(['/a: is not a known property'])
  })
})

describe('$dynamicRef', () => {
  const tree = {
    $id: 'tree',
    $dynamicAnchor: 'node',
    properties: { children: { items: { $dynamicRef: '#node' } } },
  }

  it('Should lead to the outermost schema with its anchor', () => {
    const strict = {
      $id: 'strict',
      $dynamicAnchor: 'node',
      $ref: '#/$defs/tree',
      unevaluatedProperties: false,
      $defs: { tree },
    }
    expect(judge(strict, { children: [{ wrong: 1 }] })).toEqual([
      '/children/0/wrong: is not a known property',
    ])
    expect(judge(tree, { children: [{ wrong: 1 }] })).toEqual([])
  })
})

describe('violations', () => {
  it('Should be at most 20 of 340,000, each once, with a count of the rest', () => {
    const items = Array.from({ length: 340_000 }, () => 'x')
    for (const schema of [
      { items: { type: 'integer' } },
      { items: { enum: Array.from({ length: 2_000 }, (_, i) => `choice ${i}`) } },
      { items: { $ref: '#/$defs/a' }, $defs: { a: { type: 'object' } } },
    ]) {
      const found = judge(schema, items)
      expect(found).toHaveLength(20)
      expect(new Set(found).size).toBe(20)
      expect(found.at(-1)).toMatch(/^: has more than \d+ other violations$/)
      expect(found.join('').length).toBeLessThan(10_000)
    }
  })

  it('Should all be there where they are few', () => {
    const schema = { items: { type: 'integer' } }
    expect(
      judge(
        schema,
        Array.from({ length: 20 }, () => ''),
      ),
    ).toHaveLength(20)
    expect(
      judge(
        schema,
        Array.from({ length: 21 }, () => ''),
      ).at(-1),
    ).toBe(': has 2 other violations')
  })

  it('Should be cut where a key is long', () => {
    const schema = { additionalProperties: false }
    const [found] = judge(schema, { ['k'.repeat(1_000_000)]: 1 })
    expect(found!.length).toBeLessThan(1_000)
  })
})

describe('what a valid schema ignores', () => {
  it.each([
    ['requird: [a]', '1:1: warning: unknown keyword "requird"; did you mean "required"?'],
    [
      'properties: { a: { tpye: string } }',
      '1:20: warning: unknown keyword "tpye"; did you mean "type"?',
    ],
    [
      'format: emial',
      '1:9: warning: unknown format "emial"; did you mean "email"?; it is not checked',
    ],
    ['format: iban', '1:9: warning: unknown format "iban"; it is not checked'],
    [
      'properties: { a: { type: integer, default: x } }',
      '1:44: warning: this default does not fit its own schema: it must be integer',
    ],
    [
      'properties: { a: { items: { type: string }, default: [b, 1] } }',
      '1:54: warning: this default does not fit its own schema: it must be string at /1',
    ],
    [
      'properties: { a: { $ref: "#/$defs/n", default: 5 } }\n$defs: { n: { type: string } }',
      '1:48: warning: this default does not fit its own schema: it must be string',
    ],
    [
      'properties: { a: { default: { b: 1 }, properties: { b: { $ref: "#/$defs/n" } } } }\n$defs: { n: { type: string, default: x } }',
      '1:29: warning: this default does not fit its own schema: it must be string at /b',
    ],
    [
      'properties: { a: { default: [x], items: { type: object, properties: { n: { default: 1 } } } } }',
      '1:29: warning: this default does not fit its own schema: it must be object at /0',
    ],
    [
      'properties: { a: { $id: "urn:r", properties: { b: { $ref: "#/$defs/n", default: 5 } }, $defs: { n: { type: string } } } }',
      '1:81: warning: this default does not fit its own schema: it must be string',
    ],
  ])('Should be warned of: %s', (text, warning) => {
    const { check, reported } = compileSchema(text)
    expect(reported).toEqual([warning])
    expect(check).toBeDefined()
  })

  it.each([
    'x-owner: billing\ntype: string\nnullable: true\nexample: x',
    'wholly_unrelated: true',
    'properties: { requird: { type: string }, tpye: {} }',
    'format: email\nproperties: { a: { format: date-time }, b: { format: int32 } }',
    'properties: { a: { type: integer, default: 1 }, b: { default: null } }',
    'properties: { a: { $ref: "#/$defs/n", default: x } }\n$defs: { n: { type: string } }',
    'properties: { a: { default: [{}], items: { $ref: "#/$defs/n" } } }\n$defs: { n: { required: [b], properties: { b: { type: integer, default: 1 } } } }',
    'properties: { a: { type: array, items: { $ref: "#/properties/a" }, default: [[], [[]]] } }',
    'properties: { a: { $dynamicRef: "#n", default: 5 } }\n$defs: { n: { $dynamicAnchor: n, type: string } }',
  ])('Should not be warned of where nothing is ignored: %j', (text) => {
    expect(compileSchema(text).reported).toEqual([])
  })

  it('Should be warned of wrong defaults until judging them took too much work', () => {
    const list = Array.from({ length: 100 }, () => 1)
    const anyOf = [...Array.from({ length: 90 }, () => ({ type: 'string' })), { type: 'integer' }]
    const dear = Array.from({ length: 50 }, (_, i) => [
      `q${i}`,
      { items: { anyOf }, default: list },
    ])
    const wrong = { type: 'integer', default: 'x' }
    const properties = { first: wrong, ...Object.fromEntries(dear), last: wrong }
    const { reported } = compileSchema(JSON.stringify({ properties }))
    expect(reported).toEqual([
      '1:52: warning: this default does not fit its own schema: it must be integer',
    ])
  })

  it('Should not be warned of defaults of schemas that are large', () => {
    const big = Array.from({ length: 101 }, (_, i) => `p${i}: { type: string }`).join(', ')
    const defs = `$defs: { big: { type: object, properties: { ${big} } } }`
    const { reported } = compileSchema(
      `properties: { a: { $ref: "#/$defs/big", default: 1 } }\n${defs}`,
    )
    expect(reported).toEqual([])
  })

  it('Should be warned of twenty times at most', () => {
    const properties = Array.from({ length: 1_000 }, (_, i) => `p${i}: { tpye: string }`)
    expect(compileSchema(`properties: { ${properties.join(', ')} }`).reported).toHaveLength(20)
  })
})
