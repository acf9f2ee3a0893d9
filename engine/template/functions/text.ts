import type { JsonValue } from '../../core/json.ts'
import { EvaluationError, maximumText } from '../evaluate/budget.ts'
import { textInto } from '../evaluate/values.ts'
import {
  asList,
  asText,
  asWhole,
  type TemplateFunction,
  type TemplateFunctions,
} from './function.ts'
import { formatText } from './printf.ts'

type TextTest = (text: string, part: string) => boolean

function mapping(
  name: string,
  doc: string,
  map: (text: string) => string,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  return { name, arity: [1, 1], doc, examples, call: ([text]) => map(asText(text!)) }
}

/** The part comes first, so that the text can be piped in. */
function testing(
  name: string,
  doc: string,
  test: TextTest,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  return {
    name,
    arity: [2, 2],
    doc,
    examples,
    call: ([part, text]) => test(asText(text!), asText(part!)),
  }
}

/** Text. Positions and lengths count characters (code points), not bytes. */
export const textFunctions: TemplateFunctions = [
  mapping('upper', 'Text in upper case.', (text) => text.toUpperCase(), [
    ['{{ upper "abc" }}', 'ABC'],
  ]),
  mapping('lower', 'Text in lower case.', (text) => text.toLowerCase(), [
    ['{{ "ABC" | lower }}', 'abc'],
  ]),
  mapping(
    'title',
    'Text with the first letter of each word in upper case.',
    (text) => text.replaceAll(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase()),
    [['{{ title "hello wide world" }}', 'Hello Wide World']],
  ),
  mapping('trim', 'Text without whitespace at both ends.', (text) => text.trim(), [
    ['{{ trim "  a b " }}', 'a b'],
  ]),
  {
    name: 'trimPrefix',
    arity: [2, 2],
    doc: 'The second text without the first at its beginning.',
    examples: [
      ['{{ trimPrefix "v" "v1.2" }}', '1.2'],
      ['{{ trimPrefix "x" "v1.2" }}', 'v1.2'],
    ],
    call: ([part, text]) => {
      const [prefix, whole] = [asText(part!), asText(text!)]
      return whole.startsWith(prefix) ? whole.slice(prefix.length) : whole
    },
  },
  {
    name: 'trimSuffix',
    arity: [2, 2],
    doc: 'The second text without the first at its end.',
    examples: [['{{ "report.pdf" | trimSuffix ".pdf" }}', 'report']],
    call: ([part, text]) => {
      const [suffix, whole] = [asText(part!), asText(text!)]
      return whole.endsWith(suffix) ? whole.slice(0, whole.length - suffix.length) : whole
    },
  },
  {
    name: 'replace',
    arity: [3, 3],
    doc: 'The third text with every occurrence of the first replaced by the second.',
    examples: [['{{ "a-b-c" | replace "-" "+" }}', 'a+b+c']],
    call: ([from, to, text], { budget }) => {
      const [whole, old, by] = [asText(text!), asText(from!), asText(to!)]
      const hits = old === '' ? whole.length + 1 : whole.split(old).length - 1
      budget.text(whole.length + hits * (by.length - old.length))
      return whole.replaceAll(old, () => by)
    },
  },
  testing(
    'contains',
    'Whether the second text contains the first.',
    (text, part) => text.includes(part),
    [
      ['{{ contains "cat" "catalogue" }}', true],
      ['{{ "catalogue" | contains "dog" }}', false],
    ],
  ),
  testing(
    'hasPrefix',
    'Whether the second text begins with the first.',
    (text, part) => text.startsWith(part),
    [
      ['{{ hasPrefix "v" "v1" }}', true],
      ['{{ hasPrefix "1" "v1" }}', false],
    ],
  ),
  testing(
    'hasSuffix',
    'Whether the second text ends with the first.',
    (text, part) => text.endsWith(part),
    [
      ['{{ hasSuffix ".pdf" "a.pdf" }}', true],
      ['{{ hasSuffix ".pdf" "a.png" }}', false],
    ],
  ),
  {
    name: 'split',
    arity: [2, 2],
    doc: 'The list of parts between the separators; the single characters where the separator is "".',
    examples: [
      ['{{ split "," "a,b,c" }}', ['a', 'b', 'c']],
      ['{{ split "" "abc" }}', ['a', 'b', 'c']],
    ],
    call: ([separator, text], { budget }) => {
      const by = asText(separator!)
      const parts = by === '' ? Array.from(asText(text!)) : asText(text!).split(by)
      budget.charge(parts.length)
      return parts
    },
  },
  {
    name: 'join',
    arity: [2, 2],
    doc: 'The items of a list as one text, the first argument between them. Nulls are left out.',
    examples: [
      ['{{ list "a" "b" 3 | join "-" }}', 'a-b-3'],
      ['{{ join ", " (list) }}', ''],
    ],
    call: ([separator, items], { budget }) => {
      const by = asText(separator!)
      let text: string | undefined
      for (const item of asList(items!)) {
        if (item === null) continue
        const next = textInto(item, budget)
        budget.charge(1)
        budget.text((text?.length ?? 0) + by.length + next.length, by.length + next.length)
        text = text === undefined ? next : text + by + next
      }
      return text ?? ''
    },
  },
  {
    name: 'repeat',
    arity: [2, 2],
    doc: 'The text so many times.',
    examples: [['{{ repeat 3 "ab" }}', 'ababab']],
    call: ([times, text], { budget }) => {
      const [count, part] = [asWhole(times!), asText(text!)]
      if (count < 0) throw new EvaluationError(`needs a count of 0 or more, got ${count}`)
      budget.text(part === '' ? 0 : Math.min(count, maximumText + 1) * part.length)
      return part === '' ? '' : part.repeat(count)
    },
  },
  {
    name: 'trunc',
    arity: [2, 2],
    doc: 'The first so many characters; the last ones where the number is negative.',
    examples: [
      ['{{ trunc 5 "hello world" }}', 'hello'],
      ['{{ trunc -5 "hello world" }}', 'world'],
    ],
    call: ([length, text]) => {
      const [count, characters] = [asWhole(length!), Array.from(asText(text!))]
      return (count < 0 ? characters.slice(count) : characters.slice(0, count)).join('')
    },
  },
  {
    name: 'substr',
    arity: [3, 3],
    doc: 'Characters from a start up to, not including, an end. A negative start counts as 0, a negative end as the whole length.',
    examples: [
      ['{{ substr 0 5 "hello world" }}', 'hello'],
      ['{{ substr 6 -1 "hello world" }}', 'world'],
    ],
    call: ([start, end, text]) => {
      const [from, to, characters] = [asWhole(start!), asWhole(end!), Array.from(asText(text!))]
      return characters.slice(Math.max(0, from), to < 0 ? undefined : to).join('')
    },
  },
  {
    name: 'printf',
    arity: [1, Infinity],
    doc: "Text by a format with Go's verbs: %s %v %d %f %e %g %q %x %X %o %b %c %t %%, with flags (- + 0 #, space), width and precision.",
    examples: [
      ['{{ printf "%s has %d items" "cart" 3 }}', 'cart has 3 items'],
      ['{{ printf "%05.2f|%-4s|%4s" 3.14159 "ab" "cd" }}', '03.14|ab  |  cd'],
    ],
    call: ([format, ...values], { budget }) => formatText(asText(format!), values, budget),
  },
  {
    name: 'quote',
    arity: [1, Infinity],
    doc: 'Each argument as text in double quotes, with escapes, joined by spaces. Nulls are left out.',
    examples: [
      ['{{ quote "say \\"hi\\"" }}', '"say \\"hi\\""'],
      ['{{ quote 1 "b" }}', '"1" "b"'],
    ],
    call: (args, { budget }) =>
      args
        .filter((value) => value !== null)
        .map((value: JsonValue) => JSON.stringify(textInto(value, budget)))
        .join(' '),
  },
]
