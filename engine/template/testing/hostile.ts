import type { JsonObject, JsonValue } from '../../core/json.ts'

/** An evaluation that tries to take long or to make much. */
export interface HostileEvaluation {
  readonly name: string
  /** A template, or CEL without `{{`. */
  readonly source: string
  readonly roots: JsonObject
}

const kilobyte = 1_024

function letters(count: number): string {
  return 'abcdefghijklmnopqrstuvwxyz '.repeat(Math.ceil(count / 27)).slice(0, count)
}

const text = letters(980 * kilobyte)
const words = Array.from({ length: 1_000 }, (_, index) => `word ${index} is not there`)
const numbers = Array.from({ length: 350_000 }, (_, index) => index % 10)
const objects = Array.from({ length: 20_000 }, (_, index) => ({ id: `order-${index}`, n: index }))
const same = Array.from({ length: 2_000 }, (_, index) => letters(400) + String(index % 7))
const prefixed = Array.from({ length: 40 }, (_, index) => letters(50_000) + String(index))
const periodic = `${'a'.repeat(200_000)}b${'a'.repeat(200_000)}`
const unary = 'a'.repeat(980 * kilobyte)
const deep = Array.from({ length: 450 }).reduce<JsonValue>((inner) => [inner], 1)
const wide: JsonObject = Object.fromEntries(numbers.slice(0, 50_000).map((n, i) => [`k${i}`, n]))
const json = JSON.stringify(objects)

const data = { text, words, numbers, objects, same, prefixed, periodic, unary, deep, wide, json }

/** Doubles `$x` until something stops it. */
function doubling(step: string, start = '"0123456789"'): string {
  return `{{ $x := ${start} }}{{ range 60 }}{{ $x = ${step} }}{{ end }}{{ len $x }}`
}

function repeatedly(expression: string): string {
  return `{{ range 20000 }}{{ if ${expression} }}{{ end }}{{ end }}`
}

const templates: Readonly<Record<string, string>> = {
  'contains in a loop': '{{ range .words }}{{ if contains . $.text }}x{{ end }}{{ end }}',
  'contains of a periodic part': '{{ contains .periodic .unary }}',
  'replace of a periodic part': '{{ replace .periodic "x" .unary }}',
  'split at a periodic part': '{{ len (split .periodic .unary) }}',
  'split into characters': '{{ len (split "" .text) }}',
  'split in a loop': repeatedly('split " " $.text'),
  'replace in a loop': repeatedly('replace "a" "bb" $.text'),
  'replace that grows': '{{ replace "a" .text .unary }}',
  'join of many': '{{ join .text .words }}',
  'join doubled': doubling('join $x (list $x $x)'),
  'printf doubled': doubling('printf "%s%s" $x $x'),
  'quote doubled': doubling('quote $x $x'),
  'list doubled': doubling('concat $x $x', 'list 1'),
  'shared lists as JSON': doubling('list $x $x', 'list 1').replace('len $x', 'toJson $x'),
  'shared lists by printf': doubling('list $x $x', 'list 1').replace('len $x', 'printf "%v" $x'),
  'shared lists compared': doubling('list $x $x', 'list 1').replace('len $x', 'eq $x $x'),
  'repeat in a loop': repeatedly('repeat 1000 $.words.0'),
  'sort of numbers in a loop': repeatedly('sort $.numbers'),
  'sort of long common prefixes': '{{ len (sort .prefixed) }}',
  'sort of texts in a loop': repeatedly('sort $.same'),
  'uniq of objects': repeatedly('uniq $.objects'),
  'uniq of texts': repeatedly('uniq $.same'),
  'has in a loop': repeatedly('has "nowhere" $.same'),
  'has of an object': repeatedly('has $.objects.0 $.objects'),
  'toJson in a loop': repeatedly('toJson $.numbers'),
  'toJson of objects': repeatedly('toJson $.objects'),
  'toPrettyJson in a loop': repeatedly('toPrettyJson $.same'),
  'fromJson in a loop': repeatedly('fromJson $.json'),
  'fromJson of brackets': '{{ fromJson (repeat 1000000 "[") }}',
  'sha256sum in a loop': repeatedly('sha256sum $.text'),
  'b64enc in a loop': repeatedly('b64enc $.text'),
  'b64dec in a loop': repeatedly('b64dec (b64enc $.same.0)'),
  'urlEncode in a loop': repeatedly('urlEncode $.text'),
  'title in a loop': repeatedly('title $.text'),
  'upper in a loop': repeatedly('upper $.text'),
  'trim in a loop': repeatedly('trim $.text'),
  'substr in a loop': repeatedly('substr 1 2 $.text'),
  'trunc in a loop': repeatedly('trunc -3 $.text'),
  'len in a loop': repeatedly('len $.text'),
  'len of an object in a loop': repeatedly('len $.wide'),
  'keys in a loop': repeatedly('keys $.wide'),
  'merge in a loop': repeatedly('merge $.wide (dict "a" 1)'),
  'set in a loop': repeatedly('set $.wide "a" 1'),
  'pick in a loop': repeatedly('pick $.wide "a"'),
  'range over an object': '{{ range 100 }}{{ range $.wide }}{{ end }}{{ end }}',
  'range nested': '{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}',
  'range over a long list': '{{ range 100 }}{{ range $.numbers }}{{ break }}{{ end }}{{ end }}',
  'reverse in a loop': repeatedly('reverse $.numbers'),
  'append in a loop': repeatedly('append $.numbers 1'),
  'slice in a loop': repeatedly('slice $.numbers 1'),
  'pluck in a loop': repeatedly('pluck "id" $.objects'),
  'eq of long texts': repeatedly('eq $.prefixed.0 $.prefixed.1'),
  'lt of long texts': repeatedly('lt $.prefixed.0 $.prefixed.1'),
  'printf of digits': repeatedly('printf "%.9999f" 5e-324'),
  'printf of exponents': repeatedly('printf "%.700e" 1e-300'),
  'printf of a width': repeatedly('printf "%1000000d" 1'),
  'printf of a list': repeatedly('printf "%v" $.numbers'),
  'printf of bytes': repeatedly('printf "%x" $.text'),
  'printf of quotes': repeatedly('printf "%q" $.text'),
  'date of a long layout': repeatedly('date $.text 0'),
  'deep values': repeatedly('toJson $.deep'),
  'and of many': repeatedly('and $.numbers $.objects $.wide'),
  'written text': '{{ range 20000 }}{{ $.numbers }}{{ end }}',
}

const conditions: Readonly<Record<string, string>> = {
  'CEL: contains of words': 'words.exists(w, text.contains(w))',
  'CEL: contains of a periodic part': 'unary.contains(periodic)',
  'CEL: text doubled': Array.from({ length: 30 }).reduce<string>(
    (inner) => `[${inner}].map(x, x + x)[0]`,
    'text',
  ),
  'CEL: text grown in a loop': 'numbers.map(n, text + text).size() > 0',
  'CEL: list doubled': Array.from({ length: 30 }).reduce<string>(
    (inner) => `[${inner}].map(x, x + x)[0]`,
    'numbers',
  ),
  'CEL: list grown': 'numbers.map(n, [n]).size() > 0',
  'CEL: bytes doubled': Array.from({ length: 30 }).reduce<string>(
    (inner) => `[${inner}].map(x, x + x)[0]`,
    'bytes(text)',
  ),
  'CEL: matches on a long text': 'text.matches("(a|b)*z$")',
  'CEL: matches of words': 'words.exists(w, text.matches(w))',
  'CEL: matches of a large pattern': 'text.matches("(a|b){500}c")',
  'CEL: matches of many states': 'unary.matches("(a|aa|aaa)*a{200}b")',
  'CEL: compile in a loop': 'words.exists(w, matches("x", w + "a{1000}"))',
  'CEL: size of a long text': 'numbers.exists(n, size(text) == 1)',
  'CEL: equality of long texts': 'numbers.exists(n, prefixed[0] == prefixed[1])',
  'CEL: equality of lists': 'numbers.exists(n, objects == same)',
  'CEL: equality of equal lists': 'same.exists(n, objects != objects)',
  'CEL: in a long list': 'numbers.exists(n, "nowhere" in same)',
  'CEL: in a long list of objects': 'same.exists(n, {"a": 1} in objects)',
  'CEL: nested loops': 'numbers.all(a, numbers.all(b, a + b >= 0))',
  'CEL: nested maps': 'numbers.map(a, numbers.map(b, numbers)).size() > 0',
  'CEL: loop over objects': 'objects.all(a, objects.all(b, a.n + b.n >= 0))',
  'CEL: keys of an object': 'same.exists(n, wide.exists(k, k == n))',
  'CEL: strings of numbers': 'numbers.map(n, string(n) + text).size() > 0',
  'CEL: timestamps':
    'numbers.exists(n, timestamp("2026-01-31T00:00:00Z") < timestamp("2026-01-01T00:00:00Z"))',
  'CEL: result of a long list': 'numbers.map(n, same)',
}

/** Every hostile evaluation: attacks that were found, and their neighbors. */
export const hostileEvaluations: readonly HostileEvaluation[] = Object.entries({
  ...templates,
  ...conditions,
}).map(([name, source]) => ({ name, source, roots: data }))
