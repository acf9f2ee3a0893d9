import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { place, render, renderError, scope } from '../testing/render.ts'
import { renderTemplate, renderTree, textOf } from './evaluate.ts'
import { parseTemplate } from '../parse/parse-template.ts'
import { TemplateError } from './template-error.ts'
import { compileTree } from '../parse/compile-tree.ts'

const input = scope.roots['input'] as JsonObject

describe('A template that is exactly one expression', () => {
  it.each([
    ['{{ .input.total }}', 120.5],
    ['{{.input.vip}}', true],
    ['{{- .input.tags -}}', ['a', 'b', 'c']],
    ['{{ .input.note }}', null],
    ['{{ .input.address }}', { street: 'Main', zip: '12345' }],
    ['{{ .input.customer }}', 'Ada'],
    ['{{ $.input.count }}', 3],
    ['{{ .tasks.check-stock.output.left }}', 7],
    ['{{ .input.lines.1.price }}', 20],
    ['{{ index .input.lines 1 "price" }}', 20],
    ['{{ (index .input.lines 0).sku }}', 'x'],
    ['{{ .input.total | mul 2 | round }}', 241],
  ])('Should keep the type of %s', (text, expected) => {
    expect(render(text)).toEqual(expected)
  })

  it.each([
    [' {{ .input.count }}', ' 3'],
    ['{{ .input.count }}{{ .input.count }}', '33'],
    ['{{ .input.customer }}!', 'Ada!'],
    ['[{{ .input.note }}]', '[]'],
    ['{{ .input.tags }} {{ .input.vip }}', '["a","b","c"] true'],
    ['{{ if .input.vip }}{{ .input.count }}{{ end }}', '3'],
    ['{{ $x := 1 }}{{ $x }}', '1'],
    ['a {{ .input.address }}', 'a {"street":"Main","zip":"12345"}'],
    ['{{ 1e20 }} {{ 0.1 }} {{ mul -1 0 }}', '100000000000000000000 0.1 0'],
  ])('Should give text for everything else: %j', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it.each([
    ['text', 'text'],
    [null, ''],
    [1.5, '1.5'],
    [[1, 'a'], '[1,"a"]'],
  ] as const)('Should show %j as text: %j', (value, expected) => {
    expect(textOf(value)).toBe(expected)
  })

  it('Should be whole up to 4 MiB of JSON, of which only the start is written beyond', () => {
    const listOf = (bytes: number) => ['x'.repeat(bytes - '[""]'.length)]
    const whole = listOf(4_194_304)
    expect(textOf(whole) === JSON.stringify(whole)).toBe(true)
    const cut = textOf(listOf(4_194_305))
    expect(cut).toHaveLength(4_194_304)
    expect([cut.slice(0, 6), cut.slice(-2)]).toEqual(['["xxxx', '……'])
    expect(cut.indexOf('…')).toBe(65_536)
  })

  it('Should be whole where a value nests deep, and soon made where one shares its parts', () => {
    let [deep, shared]: JsonValue[] = [1, 1]
    for (let level = 0; level < 300; level++) [deep, shared] = [[deep!], [shared!, shared!]]
    expect(textOf(deep!)).toBe(`${'['.repeat(300)}1${']'.repeat(300)}`)
    expect(textOf(shared!)).toHaveLength(4_194_304)
  })
})

describe('Statements', () => {
  it.each([
    ['{{ if .input.vip }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if .input.zero }}yes{{ else }}no{{ end }}', 'no'],
    [
      '{{ if .input.zero }}a{{ else if .input.none }}b{{ else if .input.tags }}c{{ else }}d{{ end }}',
      'c',
    ],
    ['{{ if .nothing }}yes{{ else }}no{{ end }}', 'no'],
    ['{{ if $n := .input.count }}{{ $n }}{{ else }}{{ $n }}{{ end }}', '3'],
    ['{{ with .input.address }}{{ .street }} {{ $.input.customer }}{{ end }}', 'Main Ada'],
    ['{{ with .input.nothing }}a{{ else }}{{ .input.customer }}{{ end }}', 'Ada'],
    [
      '{{ with .input.zero }}a{{ else with .input.address }}{{ .zip }}{{ else }}c{{ end }}',
      '12345',
    ],
    ['{{ with $a := .input.address }}{{ $a.zip }}{{ .zip }}{{ end }}', '1234512345'],
    ['{{ range .input.tags }}{{ . }},{{ end }}', 'a,b,c,'],
    ['{{ range $x := .input.tags }}{{ $x }}{{ . }}{{ end }}', 'aabbcc'],
    [
      '{{ range $i, $x := .input.lines }}{{ $i }}={{ $x.sku }}/{{ .price }} {{ end }}',
      '0=x/10 1=y/20 ',
    ],
    ['{{ range $k, $v := .input.address }}{{ $k }}={{ $v }};{{ end }}', 'street=Main;zip=12345;'],
    ['{{ range dict "b" 1 "a" 2 }}{{ . }}{{ end }}', '21'],
    ['{{ range .input.none }}x{{ else }}none{{ end }}', 'none'],
    ['{{ range .input.nothing }}x{{ else }}missing{{ end }}', 'missing'],
    ['{{ range .input.nothing.further }}x{{ else }}{{ end }}', ''],
    ['{{ range .input.note }}x{{ else }}null{{ end }}', 'null'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ range $i := 2 }}{{ $i }}{{ end }}', '01'],
    ['{{ range .input.tags }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ . }}{{ end }}', 'ac'],
    ['{{ range .input.tags }}{{ if eq . "b" }}{{ break }}{{ end }}{{ . }}{{ end }}', 'a'],
    ['{{ range .input.tags }}{{ end }}{{ .input.customer }}', 'Ada'],
    ['{{ $n := 0 }}{{ range .input.lines }}{{ $n = add $n .price }}{{ end }}{{ $n }}', '30'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}', '21'],
    ['{{ $x := 1 }}{{ range 2 }}{{ $x = 5 }}{{ end }}{{ $x }}', '5'],
    ['{{ $i := 9 }}{{ range $i = .input.tags }}{{ end }}{{ $i }}', 'c'],
    [
      '{{ range $i, $a := .input.tags }}{{ range $.input.tags }}{{ . }}{{ $a }} {{ end }}{{ break }}{{ end }}',
      'aa ba ca ',
    ],
  ])('Should give %j as %j', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it.each([
    ['{{ range .input.customer }}{{ end }}', 'range needs a list'],
    ['{{ range .input.total }}{{ end }}', 'range needs a list'],
    ['{{ range .input.nothing }}{{ end }}', '.input.nothing is missing'],
  ])('Should refuse %s', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })
})

describe('A missing value', () => {
  it.each([
    ['{{ .input.nothing | default "d" }}', 'd'],
    ['{{ coalesce .input.nothing .input.note "c" }}', 'c'],
    ['{{ if .input.nothing }}a{{ else }}b{{ end }}', 'b'],
    ['{{ with .input.nothing }}a{{ else }}b{{ end }}', 'b'],
    ['{{ and .input.nothing true }}', null],
    ['{{ or .input.nothing "o" }}', 'o'],
    ['{{ not .input.nothing }}', true],
    ['{{ eq .input.nothing nil }}', true],
    ['{{ eq .input.nothing "a" }}', false],
    ['{{ ne .input.nothing "a" }}', true],
    ['{{ empty .input.nothing }}', true],
    ['{{ hasKey .input.nothing "a" }}', false],
    ['{{ get .input.nothing "a" }}', ''],
    ['{{ ternary 1 2 .input.nothing }}', 2],
    ['{{ kindOf .input.nothing }}', 'invalid'],
    ['{{ .input.nothing.further.0.down | default "d" }}', 'd'],
    ['{{ .input.note.further | default "d" }}', 'd'],
    ['{{ .tasks.price.output.total | default 0 }}', 0],
    ['{{ .input.tags.9 | default "d" }}', 'd'],
    ['{{ index .input.tags 9 | default "d" }}', 'd'],
    ['{{ index .input "nothing" | default "d" }}', 'd'],
    ['{{ $x := .input.nothing }}{{ $x | default "d" }}', 'd'],
  ])('Should count as null in %s', (text, expected) => {
    expect(render(text)).toEqual(expected)
  })

  it.each([
    ['{{ .input.nothing }}', '.input.nothing'],
    ['a {{ .input.nothing }}', '.input.nothing'],
    ['{{ upper .input.nothing }}', '.input.nothing'],
    ['{{ list .input.nothing }}', '.input.nothing'],
    ['{{ index .input.nothing 0 }}', '.input.nothing'],
    ['{{ lt .input.nothing 1 }}', '.input.nothing'],
    ['{{ .input.nothing.further.down }}', '.input.nothing'],
    ['{{ .input.note.further }}', '.input.note.further'],
    ['{{ .input.customer.length }}', '.input.customer.length'],
    ['{{ .input.tags.9 }}', '.input.tags.9'],
    ['{{ .input.tags.length }}', '.input.tags.length'],
    ['{{ .nothing }}', '.nothing'],
    ['{{ $.nothing }}', '$.nothing'],
    ['{{ range .input.lines }}{{ .colour }}{{ end }}', '.colour'],
    ['{{ (index .input.lines 0).colour }}', '(…).colour'],
    ['{{ $x := .input.nothing }}{{ $x }}', '.input.nothing'],
  ])('Should be an error with its path in %s', (text, path) => {
    const error = renderError(text)
    expect(error).toMatchObject({ name: 'TemplateError', place, path })
    expect(error.message).toContain(`${path} is missing`)
  })

  it.each([
    ['{{ .input.custmer }}', '.input.custmer is missing; did you mean "customer"?'],
    ['{{ .inptu.customer }}', '.inptu is missing; did you mean "input"?'],
    ['{{ .input.address.country }}', '.input.address.country is missing; it has street, zip'],
    ['{{ .input.tags.9 }}', '.input.tags.9 is missing; the list has 3 items'],
    ['{{ .input.note.x }}', '.input.note.x is missing; null has no keys'],
    ['{{ required "say who" .input.nothing.x }}', 'say who: .input.nothing is missing'],
  ])('Should be explained for %s', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })
})

describe('The prototype chain', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']

  it.each(names)('Should hide %s', (name) => {
    expect(renderError(`{{ .input.${name} }}`).message).toContain('is missing')
    expect(render(`{{ index .input "${name}" | default "safe" }}`)).toBe('safe')
    expect(render(`{{ get .input "${name}" }}`)).toBe('')
    expect(render(`{{ hasKey .input "${name}" }}`)).toBe(false)
    expect(render(`{{ pick .input "${name}" }}`)).toEqual({})
    expect(render(`{{ pluck "${name}" .input.lines }}`)).toEqual([])
  })

  it.each(names)('Should take %s for a key like any other where data has it', (name) => {
    const made = render(`{{ set (dict "${name}" 1) "${name}" (dict "x" 2) }}`)
    expect(Object.keys(made as JsonObject)).toEqual([name])
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
    expect(
      render(`{{ (merge (dict) (dict "${name}" (dict "polluted" 1))).${name}.polluted }}`),
    ).toBe(1)
    expect(render(`{{ (fromJson \`{"${name}": {"polluted": 1}}\`).${name}.polluted }}`)).toBe(1)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('Should keep such a key of a tree its own', () => {
    const tree = compileTree(JSON.parse('{"__proto__": "{{ .input.count }}"}') as JsonValue, {
      place: () => place,
      onError: () => undefined,
    })
    const made = renderTree(JSON.parse(JSON.stringify(tree)) as typeof tree, scope)
    expect(Object.getOwnPropertyNames(made)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
  })
})

describe('Limits', () => {
  const doubling = (step: string): string =>
    `{{ $x := "0123456789" }}{{ range 40 }}{{ $x = ${step} }}{{ end }}{{ len $x }}`

  it.each([
    ['{{ until 1000000 }}', 'steps'],
    ['{{ seq 1 1000000000000 }}', 'steps'],
    ['{{ range 1000000000 }}{{ end }}', 'steps'],
    ['{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}', 'steps'],
    ['{{ repeat 9007199254740991 "x" }}', '1 MiB'],
    ['{{ range 1100 }}{{ repeat 1000 "x" }}{{ end }}', '1 MiB'],
    [doubling('printf "%s%s" $x $x'), '1 MiB'],
    [doubling('replace "0" $x $x'), '1 MiB'],
    [doubling('join $x (list $x $x)'), '1 MiB'],
    [doubling('quote $x $x'), 'steps'],
    ['{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}', 'steps'],
    ['{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ eq $x $x }}', 'steps'],
    ['{{ $x := list 1 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}{{ len $x }}', 'steps'],
    ['{{ $x := list 1 }}{{ range 600 }}{{ $x = list $x }}{{ end }}{{ $x }}', '500 levels'],
    ['{{ printf "%1000000d%1000000d" 1 1 }}', '1 MiB'],
    ['{{ mul 1e308 10 }}', 'too large'],
  ])('Should stop %s', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })

  it.each([
    ['{{ len (until 100000) }}', 100_000],
    ['{{ $n := 0 }}{{ range 10000 }}{{ $n = add $n 1 }}{{ end }}{{ $n }}', '10000'],
    ['{{ len (repeat 1048576 "x") }}', 1_048_576],
  ])('Should leave room for %s', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it('Should share its steps among the templates of a tree', () => {
    const options = { place: () => place, onError: () => undefined }
    const many = compileTree(
      Array.from({ length: 4 }, () => '{{ until 120000 }}'),
      options,
    )
    expect(() => renderTree(many, scope)).toThrow('steps')
    const few = compileTree(['{{ until 120000 }}'], options)
    expect(renderTree(few, scope)).toHaveLength(1)
  })
})

describe('Evaluation', () => {
  it('Should read no root that is not named', () => {
    const read: string[] = []
    const roots = {
      get input() {
        read.push('input')
        return { a: 1 }
      },
      get tasks() {
        read.push('tasks')
        return {}
      },
    }
    expect(render('{{ .input.a }}', { ...scope, roots })).toBe(1)
    expect(read).toEqual(['input'])
  })

  it('Should give the roots that are there for the dot alone', () => {
    const roots = { input: 1, output: undefined }
    expect(render('{{ . }}', { ...scope, roots })).toEqual({ input: 1 })
    expect(render('{{ $ | toJson }}', { ...scope, roots })).toBe('{"input":1}')
    expect(renderError('{{ .output }}', { ...scope, roots }).path).toBe('.output')
  })

  it.each([
    ['{{ nothing 1 }}', 'unknown function "nothing"'],
    ['{{ upper }}', 'upper takes 1 argument, got 0'],
    ['{{ constructor }}', 'unknown function "constructor"'],
    ['{{ upper 5 }}', 'upper: needs text, got the number 5'],
    ['{{ eq 1 "1" }}', 'can\'t compare the number 1 with the text "1"'],
  ])('Should refuse %s at run time too', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })

  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>
  const expressions = [
    '.a',
    '. ',
    '.a.b',
    'toJson .a',
    'keys .a',
    'merge .a .b',
    'set .a "k" .b',
    'append .a .b',
    'concat .a .b',
    'sort .a',
    'uniq .a',
    'reverse .a',
    'omit .a "b"',
    'default .a .b',
    'add .a .b',
    'div .a .b',
    'printf "%v" .a',
    'values .a',
    'eq .a .b',
    'index .a 0',
    'float64 .a',
    'b64enc .a',
    'b64dec .a',
    'title .a',
    'date "Jan 2" .a',
    'round .a 2',
  ]
  const value = fc.oneof(
    fc.constantFrom(...expressions).map((expression) => `{{ ${expression} }}`),
    fc
      .constantFrom(...expressions)
      .map(
        (expression) => `x{{ range .a }}{{ with .b }}{{ . }}{{ end }}{{ end }}{{ ${expression} }}`,
      ),
  )
  const tree = fc.letrec<{ node: JsonValue }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2 },
      value,
      fc.array(tie('node')),
      fc.dictionary(fc.string(), tie('node'), { noNullPrototype: true }),
    ),
  })).node

  it('Should be deterministic, leave its scope alone, and give JSON or a TemplateError', () => {
    const outcome = (source: JsonValue, roots: JsonObject): string => {
      const compiled = compileTree(source, { place: () => place, onError: () => undefined })
      try {
        const rendered = renderTree(compiled, { ...scope, roots })
        const text = JSON.stringify(rendered)
        return JSON.stringify(JSON.parse(text)) === text && isJson(rendered)
          ? text
          : `no JSON: ${text}`
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        return error.message
      }
    }
    fc.assert(
      fc.property(tree, json, json, (source, a, b) => {
        const roots = { a, b }
        const before = JSON.stringify(roots)
        const first = outcome(source, roots)
        expect(first).not.toContain('no JSON')
        expect(outcome(source, roots)).toBe(first)
        expect(JSON.stringify(roots)).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it('Should work on frozen data', () => {
    const frozen = { ...scope, roots: { input: deepFreeze(structuredClone(input)) } }
    const text =
      '{{ set .input.address "a" 1 }}{{ append .input.tags "d" | sort | reverse }}{{ merge .input.address .input }}'
    expect(renderTemplate(parseTemplate(text, place), frozen)).toContain('["d","c","b","a"]')
  })
})

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null)
    return value !== undefined && typeof value !== 'function'
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  return plain && Object.values(value).every(isJson)
}

function deepFreeze(value: JsonValue): JsonValue {
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
