/** Bytes of every hostile body: the largest that `server.body_limit` takes. */
const size = 1_990_000

const fill = (item: (i: number) => string, open = '[', close = ']'): string => {
  const parts: string[] = []
  for (let length = 0, i = 0; length < size - 100; i++) {
    const part = item(i)
    parts.push(part)
    length += part.length + 1
  }
  return open + parts.join() + close
}

/**
 * Values of 2 MB, each worst for one part of reading a body: numbers, names, containers, strings,
 * escapes, nesting, errors at the very end.
 */
export const hostileValues: Readonly<Record<string, () => string>> = {
  digits: () => fill((i) => String(i % 10)),
  'large integers': () => fill(() => '9007199254740991'),
  'decimals of 17 digits': () => fill(() => '0.12345678901234567'),
  exponents: () => fill(() => '1e300'),
  'exponents of 17 digits': () => fill(() => '1.2345678901234567e20'),
  'trailing zeros': () => fill(() => '1.00000000000000000000'),
  'the smallest numbers': () => fill(() => '5e-324'),
  'small objects': () => fill(() => '{"a":1}'),
  'empty objects': () => fill(() => '{}'),
  'empty lists': () => fill(() => '[]'),
  'empty texts': () => fill(() => '""'),
  'escaped texts': () => fill(() => '"\\n"'),
  'different names': () => fill((i) => `"k${i}":1`, '{', '}'),
  'names that are numbers': () => fill((i) => `"${i * 7919}":1`, '{', '}'),
  'objects of different shapes': () => fill((i) => `{"k${i}":1}`),
  'escaped names': () => fill(() => '{"\\u0061":1}'),
  'a name given twice, at the end': () => fill((i) => `"k${i % 9_000}x${i}":1`, '{', ',"k0x0":1}'),
  'one text of quotes': () => `["${'\\"'.repeat(size / 2)}"]`,
  'one text of backslashes': () => `["${'\\\\'.repeat(size / 2)}"]`,
  'surrogate pairs': () => fill(() => '"\\ud83d\\ude00"'),
  '190 levels': () => fill(() => '['.repeat(190) + ']'.repeat(190)),
  'a million levels': () => '['.repeat(size),
  spaces: () => `${' '.repeat(size)}1`,
  'texts beyond Latin-1': () => fill(() => '"é€"', '[', ']').slice(0, size / 3) + '"]',
  'a number that is not exact, at the end': () => fill(() => '{"a":1}', '[', ',9007199254740993]'),
  'a prototype, at the end': () => fill(() => '{"a":1}', '[', ',{"__proto__":1}]'),
  'no end': () => fill(() => '{"a":1}', '[', ''),
  'objects under uniqueItems': () => `{"unique":${fill((i) => `{"a":${i}}`)}}`,
  'equal objects in another order': () =>
    `{"unique":${fill((i) => (i % 2 === 0 ? `{"a":${i},"b":1}` : `{"b":1,"a":${i}}`))}}`,
  'texts for a pattern': () => `{"patterns":${fill(() => '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"')}}`,
  'one text for a pattern': () => `{"pattern":"${'a'.repeat(size - 100)}!"}`,
  'choices that are objects': () => `{"choices":${fill(() => '{"a":499}')}}`,
  alternatives: () => `{"alternatives":${fill(() => '{"k":39}')}}`,
  'defaults to fill in': () => `{"defaults":${fill(() => '{}')}}`,
  decimals: () => `{"cents":${fill((i) => `${i}.01`)}}`,
  violations: () => `{"integers":${fill(() => '"x"')}}`,
  characters: () => `{"long":"${'\\ud83d\\ude00'.repeat(size / 13)}"}`,
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Input schema whose parts the values above attack. */
export const attackedSchema = {
  type: ['object', 'array', 'number'],
  properties: {
    unique: { uniqueItems: true },
    patterns: { items: { pattern: '^(a+)+$' } },
    pattern: { pattern: '^(a+)+$' },
    choices: { items: { enum: range(500).map((a) => ({ a })) } },
    alternatives: {
      items: {
        oneOf: range(40).map((k) => ({ properties: { k: { const: k } }, required: ['k'] })),
      },
    },
    defaults: { items: { properties: { a: { default: range(50) } } } },
    cents: { items: { multipleOf: 0.01 } },
    integers: { items: { type: 'integer' } },
    long: { allOf: range(50).map((minLength) => ({ minLength })) },
  },
}
