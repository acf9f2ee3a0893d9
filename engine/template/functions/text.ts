import { type EvaluationBudget, EvaluationError, maximumText } from '../evaluate/budget.ts'
import { containsText, splitText } from '../evaluate/find-text.ts'
import { writtenText } from '../evaluate/values.ts'
import { countCharacters, lastCharacters, sliceCharacters } from './characters.ts'
import {
  asList,
  asText,
  asWhole,
  type FunctionContext,
  type TemplateFunction,
  type TemplateFunctions,
} from './function.ts'
import { quoteGo } from '../go-format/quote.ts'
import { lowerCase, titleCase, upperCase } from '../go-format/letter-case.ts'
import { formatText } from '../go-format/printf.ts'

type TextTest = (text: string, part: string, budget: EvaluationBudget) => boolean

/** How much slower than a scan it is to handle each character on its own. */
const perCharacter = 32

function mapping(
  name: string,
  doc: string,
  map: (text: string) => string,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  const call: TemplateFunction['call'] = ([value], { budget }) => {
    const text = asText(value!)
    budget.readText(text.length, perCharacter)
    return map(text)
  }
  return { name, arity: [1, 1], doc, examples, call }
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
    call: ([part, text], { budget }) => test(asText(text!), asText(part!), budget),
  }
}

const space = /^\p{White_Space}$/u

/** Removes white space at both ends, by Go's list: with U+0085, without the byte order mark. */
function trimSpace(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && space.test(text[start]!)) start++
  while (end > start && space.test(text[end - 1]!)) end--
  return text.slice(start, end)
}

function splitCharacters(text: string, separator: string, { budget }: FunctionContext): string[] {
  if (separator === '') {
    budget.charge(countCharacters(text, budget))
    return Array.from(text)
  }
  return splitText(text, separator, budget)
}

/** Text. Positions and lengths count characters (code points), not bytes. */
export const textFunctions: TemplateFunctions = [
  mapping('upper', 'Text in upper case.', upperCase, [['{{ upper "abc" }}', 'ABC']]),
  mapping('lower', 'Text in lower case.', lowerCase, [['{{ "ABC" | lower }}', 'abc']]),
  mapping('title', 'Text with the first letter of each word in title case.', titleCase, [
    ['{{ title "hello wide world" }}', 'Hello Wide World'],
  ]),
  mapping('trim', 'Text without white space at both ends.', trimSpace, [
    ['{{ trim "  a b " }}', 'a b'],
  ]),
  {
    name: 'trimPrefix',
    arity: [2, 2],
    doc: 'The second text without the first at its start.',
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
    call: ([from, to, text], context) => {
      const [whole, old, by] = [asText(text!), asText(from!), asText(to!)]
      const parts = splitCharacters(whole, old, context)
      const pieces = old === '' ? ['', ...parts, ''] : parts
      const length = whole.length + (pieces.length - 1) * (by.length - old.length)
      context.budget.makeText(length)
      return pieces.join(by)
    },
  },
  testing('contains', 'Whether the second text contains the first.', containsText, [
    ['{{ contains "cat" "catalogue" }}', true],
    ['{{ "catalogue" | contains "dog" }}', false],
  ]),
  testing(
    'hasPrefix',
    'Whether the second text starts with the first.',
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
    doc: 'The list of parts between the separators; the single characters when the separator is "".',
    examples: [
      ['{{ split "," "a,b,c" }}', ['a', 'b', 'c']],
      ['{{ split "" "abc" }}', ['a', 'b', 'c']],
    ],
    call: ([separator, text], context) =>
      splitCharacters(asText(text!), asText(separator!), context),
  },
  {
    name: 'join',
    arity: [2, 2],
    doc: 'The items of a list as one text, with the first argument between them. Nulls are left out.',
    examples: [
      ['{{ list "a" "b" 3 | join "-" }}', 'a-b-3'],
      ['{{ join ", " (list) }}', ''],
    ],
    call: ([separator, items], { budget }) => {
      const by = asText(separator!)
      let text: string | undefined
      for (const item of asList(items!)) {
        if (item === null) continue
        const next = writtenText(item, budget)
        budget.charge(1)
        budget.makeText((text?.length ?? 0) + by.length + next.length, by.length + next.length)
        text = text === undefined ? next : text + by + next
      }
      return text ?? ''
    },
  },
  {
    name: 'repeat',
    arity: [2, 2],
    doc: 'The text repeated so many times.',
    examples: [['{{ repeat 3 "ab" }}', 'ababab']],
    call: ([times, text], { budget }) => {
      const [count, part] = [asWhole(times!), asText(text!)]
      if (count < 0) throw new EvaluationError(`needs a count of 0 or more, got ${count}`)
      if (part === '') return ''
      budget.makeText(Math.min(count, maximumText + 1) * part.length)
      return part.repeat(count)
    },
  },
  {
    name: 'trunc',
    arity: [2, 2],
    doc: 'The first so many characters; the last ones when the number is negative.',
    examples: [
      ['{{ trunc 5 "hello world" }}', 'hello'],
      ['{{ trunc -5 "hello world" }}', 'world'],
    ],
    call: ([length, text], { budget }) => {
      const [count, whole] = [asWhole(length!), asText(text!)]
      budget.readText(whole.length, 2)
      return count < 0 ? lastCharacters(whole, -count) : sliceCharacters(whole, 0, count)
    },
  },
  {
    name: 'substr',
    arity: [3, 3],
    doc: 'The characters from a start up to an end, without the end. A negative start counts as 0, a negative end as the whole length.',
    examples: [
      ['{{ substr 0 5 "hello world" }}', 'hello'],
      ['{{ substr 6 -1 "hello world" }}', 'world'],
    ],
    call: ([start, end, text], { budget }) => {
      const [from, to, whole] = [asWhole(start!), asWhole(end!), asText(text!)]
      budget.readText(whole.length, 2)
      return sliceCharacters(whole, Math.max(0, from), to < 0 ? undefined : to)
    },
  },
  {
    name: 'printf',
    arity: [1, Infinity],
    doc: "Text by a format with the verbs of Go's fmt: %v %s %q %d %x %X %o %O %b %c %U %t %e %E %f %F %g %G %T %%, with the flags + - # 0 and space, width, precision, * and argument indexes.",
    examples: [
      ['{{ printf "%s has %d items" "cart" 3 }}', 'cart has 3 items'],
      ['{{ printf "%05.2f|%-4s|%4s" 3.14159 "ab" "cd" }}', '03.14|ab  |  cd'],
    ],
    call: ([format, ...values], { budget }) => formatText(asText(format!), values, budget),
  },
  {
    name: 'quote',
    arity: [1, Infinity],
    doc: 'Each argument as text in double quotes with escapes as in Go, joined by spaces. Nulls are left out.',
    examples: [
      ['{{ quote "say \\"hi\\"" }}', '"say \\"hi\\""'],
      ['{{ quote 1 "b" }}', '"1" "b"'],
    ],
    call: (args, { budget }) =>
      args
        .filter((value) => value !== null)
        .map((value) => {
          const text = writtenText(value, budget)
          budget.readText(text.length, perCharacter)
          return quoteGo(text)
        })
        .join(' '),
  },
]
