import { describe, expect, it } from 'vitest'
import type { Path } from '../../core/source.ts'
import { checkCondition, checkTemplate, checkTree } from './check-template.ts'
import { parseCondition } from '../parse/parse-condition.ts'
import type { TemplateEnvironment } from './environment.ts'
import { place } from '../testing/render.ts'
import { parseTemplate } from '../parse/parse-template.ts'
import type { TemplateProblem } from '../parse/problem.ts'
import { compileTree } from '../parse/compile-tree.ts'

const environment: TemplateEnvironment = {
  roots: new Set([
    'workflow',
    'input',
    'tasks',
    'env',
    'item',
    'index',
    'project',
    'trigger',
    'parent',
    'signal',
    'processor',
    'error',
  ]),
  tasks: new Map([
    ['price', 'ok'],
    ['check-stock', 'ok'],
    ['ship', 'never_before'],
  ]),
  envNames: new Set(['REGION']),
}

function problems(text: string, within = environment): TemplateProblem[] {
  const found: TemplateProblem[] = []
  checkTemplate(parseTemplate(text, place), within, (problem) => found.push(problem))
  return found
}

function celProblems(source: string, within = environment): TemplateProblem[] {
  const found: TemplateProblem[] = []
  checkCondition({ t: 'cel', source, place }, within, (problem) => found.push(problem))
  return found
}

/** Each problem with the piece of text that it underlines. */
function shown(text: string, found: readonly TemplateProblem[]): string[][] {
  return found.map(({ offset, length, message }) => [text.slice(offset, offset + length), message])
}

describe('Checking templates', () => {
  it.each([
    '{{ .input.anything.goes }}',
    '{{ .tasks.price.output.total }}',
    '{{ .tasks.check-stock.status }}',
    '{{ .tasks }}',
    '{{ .env.REGION }}',
    '{{ range .input.lines }}{{ .anything }}{{ $.tasks.price.output }}{{ end }}',
    '{{ with .input.x }}{{ .y }}{{ else }}{{ .input.z }}{{ end }}',
    '{{ $x := .input }}{{ $x.anything }}',
    '{{ (index .input.lines 0).anything }}',
    '{{ index .tasks "price" "output" 0 }}',
    '{{ index .tasks .input.id }}',
    '{{ eq 1 2.5 }}',
    '{{ eq "a" nil }}',
    '{{ ne nil 1 }}',
    '{{ eq .input.a 1 "b" }}',
    '{{ upper now }}',
    '{{ add 1 2 3 4 5 }}',
    '{{ dict "a" 1 "b" 2 }}',
    '{{ . }}{{ $ }}',
    '{{ .workflow.input.anything.goes }}',
    '{{ .trigger.type }}{{ .project.version }}{{ .parent.parent.item.x }}',
    '{{ .signal.payload.any }}{{ .processor.output.any }}{{ .error.cause.any }}',
    '{{ .tasks.price.error.type }}',
  ])('Should accept %s', (text) => {
    expect(problems(text)).toEqual([])
  })

  it.each([
    ['{{ .inptu.x }}', 'inptu', 'unknown name "inptu"; did you mean "input"?'],
    ['{{ .a }}', 'a', 'unknown name "a"'],
    ['{{ .__proto__ }}', '__proto__', 'unknown name'],
    ['{{ .output | default 1 }}', 'output', 'unknown name "output"'],
    ['{{ if .otput }}{{ end }}', 'otput', 'unknown name'],
    ['{{ $.inptu }}', 'inptu', 'unknown name'],
    ['{{ range .input.x }}{{ $.inptu }}{{ end }}', 'inptu', 'unknown name'],
    ['{{ with .input.x }}{{ else }}{{ .inptu }}{{ end }}', 'inptu', 'unknown name'],
    ['{{ $x := .inptu }}', 'inptu', 'unknown name'],
    ['{{ upper (lower .inptu) }}', 'inptu', 'unknown name'],
    ['{{ .tasks.prise.output }}', 'prise', 'unknown task "prise"; did you mean "price"?'],
    ['{{ .tasks.check-stok.output | default 1 }}', 'check-stok', 'did you mean "check-stock"?'],
    ['{{ .tasks.constructor }}', 'constructor', 'unknown task'],
    ['{{ .tasks.ship.output }}', 'ship', 'task "ship" cannot have run before'],
    ['{{ .tasks.price.outptu }}', 'outptu', 'a task has no "outptu"; did you mean "output"?'],
    ['{{ index .tasks "prise" }}', '"prise"', 'unknown task "prise"'],
    ['{{ .workflow.inptu.name }}', 'inptu', '.workflow has no "inptu"; did you mean "input"?'],
    ['{{ .project.nam }}', 'nam', '.project has no "nam"; did you mean "name"?'],
    ['{{ .trigger.typ }}', 'typ', '.trigger has no "typ"; did you mean "type"?'],
    ['{{ .signal.paylod.x | default 1 }}', 'paylod', 'did you mean "payload"?'],
    ['{{ .processor.outptu }}', 'outptu', 'did you mean "output"?'],
    ['{{ .error.typ }}', 'typ', '.error has no "typ"; did you mean "type"?'],
    ['{{ .parent.parent.itm }}', 'itm', '.parent.parent has no "itm"; did you mean "item"?'],
    ['{{ .tasks.price.error.mesage }}', 'mesage', 'did you mean "message"?'],
    ['{{ index .workflow "inptu" }}', '"inptu"', '.workflow has no "inptu"'],
    ['{{ .env.REGIO }}', 'REGIO', '"REGIO" is not declared under env; did you mean "REGION"?'],
    ['{{ uper .input.x }}', 'uper', 'unknown function "uper"; did you mean "upper"?'],
    ['{{ .input.x | constructor }}', 'constructor', 'unknown function'],
    ['{{ price }}', 'price', 'unknown function "price"'],
    ['{{ upper }}', 'upper', 'upper takes 1 argument, got 0'],
    ['{{ "a" | upper "b" }}', 'upper', 'upper takes 1 argument, got 2'],
    ['{{ default 1 }}', 'default', 'default takes 2 arguments, got 1'],
    ['{{ seq 1 2 3 4 }}', 'seq', 'seq takes 1 to 3 arguments, got 4'],
    ['{{ eq 1 }}', 'eq', 'eq takes at least 2 arguments, got 1'],
    ['{{ uuidv4 1 }}', 'uuidv4', 'uuidv4 takes 0 arguments, got 1'],
    ['{{ dict "a" }}', 'dict', 'alternating keys and values'],
    ['{{ upper now now }}', 'upper', 'upper takes 1 argument, got 2'],
    ['{{ eq 1 "1" }}', '"1"', "eq can't compare a number with a string"],
    ['{{ "1" | eq 1 }}', '"1"', "eq can't compare a number with a string"],
    ['{{ ne true "true" }}', '"true"', "ne can't compare a boolean with a string"],
    ['{{ lt 1 nil }}', 'nil', "lt can't compare a number with a null"],
  ])('Should refuse %s', (text, piece, message) => {
    const [first] = shown(text, problems(text))
    expect(first).toEqual([piece, expect.stringContaining(message)])
  })

  it('Should report everything that is wrong in one pass', () => {
    const text = '{{ .a }} {{ if .b }}{{ nope .c }}{{ end }}'
    expect(shown(text, problems(text)).map(([piece]) => piece)).toEqual(['a', 'b', 'c', 'nope'])
  })

  it('Should say what is known', () => {
    expect(problems('{{ .zzz }}')[0]?.hint).toContain('workflow, input, tasks')
    expect(problems('{{ .tasks.zzz }}')[0]?.hint).toContain('price, check-stock, ship')
    const nothing = { ...environment, tasks: new Map() }
    expect(problems('{{ .tasks.zzz }}', nothing)[0]?.hint).toBe('no task is visible here')
  })

  it('Should accept any name under env where none are given', () => {
    const { envNames: _, ...open } = environment
    expect(problems('{{ .env.ANY }}', open)).toEqual([])
  })

  const closed = {
    ...environment,
    inputSchema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        lines: {
          type: 'array',
          items: { type: 'object', properties: { sku: {} }, additionalProperties: false },
        },
        open: { type: 'object', properties: { a: {} } },
      },
      additionalProperties: false,
    },
  }

  it.each([
    ['{{ .workflow.input.nmae }}', 'nmae', '.workflow.input has no "nmae"; did you mean "name"?'],
    ['{{ .workflow.input.lines.0.sk }}', 'sk', '.workflow.input.lines.0 has no "sk"'],
  ])('Should refuse %s against a closed schema of the input', (text, piece, message) => {
    const [first] = shown(text, problems(text, closed))
    expect(first).toEqual([piece, expect.stringContaining(message)])
    expect(problems(text)).toEqual([])
  })

  it.each([
    '{{ .workflow.input.name }}',
    '{{ .workflow.input.lines.0.sku }}',
    '{{ .workflow.input.lines }}',
    '{{ .workflow.input.open.b }}',
    '{{ .input.nmae }}',
  ])('Should accept %s against a closed schema of the input', (text) => {
    expect(problems(text, closed)).toEqual([])
  })

  it('Should accept any key where the schema leaves it open', () => {
    const { inputSchema } = closed
    for (const opening of [{ $ref: '#/$defs/x' }, { anyOf: [] }, { patternProperties: {} }])
      expect(
        problems('{{ .workflow.input.nmae }}', {
          ...closed,
          inputSchema: { ...inputSchema, ...opening },
        }),
      ).toEqual([])
  })

  it('Should give the path of each string of a tree', () => {
    const tree = compileTree(
      { a: ['x', '{{ .inptu }}'], b: { c: '{{ .input }}{{ nope }}' } },
      {
        place: () => place,
        onError: () => undefined,
      },
    )
    const found: [Path, string][] = []
    checkTree(tree, environment, (path, { message }) => found.push([path, message]))
    expect(found).toEqual([
      [['a', 1], 'unknown name "inptu"; did you mean "input"?'],
      [['b', 'c'], expect.stringContaining('unknown function "nope"')],
    ])
  })
})

describe('Checking CEL', () => {
  it.each([
    'input.total > 100 && workflow.input.plan == "pro"',
    'tasks["check-stock"].output.left > 0',
    'tasks.price.status == "completed"',
    'has(tasks.price.output.total)',
    'input.lines.exists(line, line.price > 10.0)',
    'input.lines.filter(x, x.a > 1).map(y, y.b).size() == 1',
    'type(input.a) == string',
    'tasks[input.id].output == 1',
    '"tasks.check-stock" in input',
    'input.a - tasks.price.output > 0.0',
    'tasks.price.output-input.b > 0.0',
    'env.REGION == "eu"',
    'input.a + 1.0 > 2.0',
    'int(input.a) % 2 == 1',
    'input.a % 2 == 1 && input.a + 1 > 3 && input.a * 2 < 7',
    'input.a > 1 // not tasks.check-stock',
    'timestamp("2024-02-29T00:00:00Z") > timestamp(input.t)',
    'input.a.matches("^[a-z]+$")',
    'workflow.input.anything.goes == 1',
    'string(bytes("abc")) == "abc"',
    '[1, 2].exists(x, x + 1 == 2)',
    'size(input.a) + 1 == 2',
    'input.a < 9223372036854775807 && input.a > -9223372036854775808',
    'input.a < 18446744073709551615u && input.a < 0xFFu',
    'input.a > 0.1 && input.a < 1e23 && input.a > -1.5e+3 && input.a > .5',
  ])('Should accept %s', (source) => {
    expect(celProblems(source)).toEqual([])
  })

  it.each([
    ['inptu.total > 100', 'inptu', 'unknown name "inptu"; did you mean "input"?'],
    ['input.a == 1 || otput', 'otput', 'unknown name "otput"'],
    ['input.x.exists(y, z == 1)', 'z', 'unknown name "z"'],
    ['input.x.exists(y, y == 1) && y == 2', 'y', 'unknown name "y"'],
    ['has(inptu.x)', 'inptu', 'unknown name'],
    ['tasks.prise.output == 1', 'prise', 'unknown task "prise"; did you mean "price"?'],
    ['tasks["chek-stock"].output == 1', 'chek-stock', 'did you mean "check-stock"?'],
    ['tasks.ship.output == 1', 'ship', 'cannot have run before'],
    ['tasks.price.outptu == 1', 'outptu', 'a task has no "outptu"'],
    ['env.REGIO == "eu"', 'REGIO', 'not declared under env'],
    ['tasks.check-stock.output.left > 0', 'tasks.check-stock', 'write tasks["check-stock"]'],
    ['has(tasks.check-stock.output)', 'tasks.check-stock', 'write tasks["check-stock"]'],
    ['len(input.a) > 1', 'len', 'unknown CEL function "len"'],
    ['max(1, 2) == 2', 'max', 'unknown CEL function "max"; did you mean "map"?'],
    ['"aB".lowerAscii() == "ab"', 'lowerAscii', 'unknown CEL function "lowerAscii"'],
    ['input.a.startWith("a")', 'startWith', 'did you mean "startsWith"?'],
    ['workflow.inptu.x == 1', 'inptu', '.workflow has no "inptu"; did you mean "input"?'],
    ['trigger.typ == "api"', 'typ', '.trigger has no "typ"; did you mean "type"?'],
    [
      'timestamp("2026-02-30T00:00:00Z") > input.t',
      '"2026-02-30T00:00:00Z"',
      'needs a time that exists',
    ],
    ['duration("1x") > input.d', '"1x"', 'duration'],
    ['input.a.matches("(")', '"("', 'the pattern is not RE2'],
    ['input.a.matches("(?=a)")', '"(?=a)"', 'the pattern is not RE2'],
    ['input.a.matches("((a{1,1000}){50})")', '"((a{1,1000}){50})"', 'the pattern is too large'],
    [' bytes("abc")', 'bytes("abc")', 'gives bytes, which JSON does not have; write string(…)'],
    ['b"abc"', 'b"abc"', 'gives bytes'],
    ['timestamp(input.t)', 'timestamp(input.t)', 'gives a timestamp'],
    ['1 / 0 == 1', '1', 'divide by zero'],
    ['input.a < 9223372036854775808', '9223372036854775808', 'is outside an int of 64 bits'],
    ['input.a < 18446744073709551616u', '18446744073709551616u', 'is outside a uint of 64 bits'],
    ['input.a == 9007199254740993.0', '9007199254740993.0', 'too large to be exact'],
    ['input.a < 1e400', '1e400', 'the number 1e400 is too large'],
    ['input.a > 1e-400', '1e-400', 'too close to zero'],
    ['input.a == 0.12345678901234567', '0.12345678901234567', 'would become'],
    ['input.a == ', '==', 'unexpected "=="'],
  ])('Should refuse %s', (source, piece, message) => {
    const [first, ...others] = shown(source, celProblems(source))
    expect(first?.[1]).toContain(message)
    expect(first?.[0]).toBe(piece)
    expect(others).toEqual([])
  })

  it.each([['len(input.a) > 1', 'write size(x)']])(
    'Should say what to write instead of %s',
    (source, hint) => {
      expect(celProblems(source)[0]?.hint).toContain(hint)
    },
  )

  it('Should check a condition that is a template as a template', () => {
    const found: TemplateProblem[] = []
    checkCondition(parseCondition('{{ .inptu }}', place), environment, (problem) =>
      found.push(problem),
    )
    expect(found.map(({ message }) => message)).toEqual([
      'unknown name "inptu"; did you mean "input"?',
    ])
  })
})
