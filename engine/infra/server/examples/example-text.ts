/** Texts of the formats of JSON Schema. */
const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T08:00:00Z',
  duration: 'PT1H',
  email: 'ada@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  'json-pointer': '/a',
  regex: 'a',
  time: '08:00:00Z',
  uri: 'https://example.com',
  'uri-reference': '/a',
  url: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
}

/** Returns a text of a format; undefined for a format that is not known. */
export function textOfFormat(format: unknown): string | undefined {
  return typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined
}

/** Characters that stand for the classes of a pattern. */
const escapes: Readonly<Record<string, string>> = { d: '1', w: 'a', s: ' ', S: 'a', D: 'a', W: '-' }
const longest = 200

/** A repetition without an upper end: where it stands in its pattern, and what it repeats. */
interface OpenRepetition {
  readonly at: number
  readonly length: number
}

/**
 * Returns a text that a common pattern accepts: literals, classes, groups, alternatives and
 * quantifiers, each as short as possible, but for the last open one, which makes the text as long
 * as `minLength`. Undefined for what it does not know.
 * @example textForPattern('^[0-9]+$', 3) // '000'
 */
export function textForPattern(pattern: string, minLength = 0): string | undefined {
  const shortest = writeText(pattern)
  const { text, last } = shortest
  const wanted = Math.min(minLength, longest)
  if (text === undefined || text.length >= wanted || last === undefined) return text
  const more = Math.ceil((wanted - text.length) / last.length)
  return writeText(pattern, { at: last.at, more }).text
}

/**
 * Writes the shortest text of a pattern, with more of one repetition if asked for.
 * @returns the text, and the last repetition in it that may be longer
 */
function writeText(
  pattern: string,
  stretched?: { readonly at: number; readonly more: number },
): { readonly text: string | undefined; readonly last: OpenRepetition | undefined } {
  let at = 0
  let last: OpenRepetition | undefined
  const has = (text: string): boolean => pattern.startsWith(text, at)

  function alternatives(): string | undefined {
    const first = sequence()
    const taken = last
    while (has('|')) {
      at++
      sequence()
    }
    last = taken
    return first
  }

  function sequence(): string | undefined {
    let text: string | undefined = ''
    while (at < pattern.length && !has('|') && !has(')')) {
      const part = atom()
      const times = repetitions(part?.length)
      text =
        part === undefined || text === undefined || times === undefined
          ? undefined
          : text + part.repeat(Math.min(times, longest))
    }
    return text
  }

  function atom(): string | undefined {
    const character = pattern[at++]!
    if (character === '^' || character === '$') return ''
    if (character === '.') return 'a'
    if (character === '[') return characterOfClass()
    if (character === '(') return group()
    if (character !== '\\') return character
    const escaped = pattern[at++] ?? ''
    return /[a-zA-Z0-9]/.test(escaped) ? escapes[escaped] : escaped
  }

  function group(): string | undefined {
    if (has('?:')) at += 2
    else if (has('?')) {
      at = pattern.length
      return undefined
    }
    const text = alternatives()
    at++
    return text
  }

  function characterOfClass(): string | undefined {
    const end = pattern.indexOf(']', at + 1)
    const inside = pattern.slice(at, end === -1 ? undefined : end)
    at = end === -1 ? pattern.length : end + 1
    if (end === -1 || inside.startsWith('^')) return undefined
    return inside.startsWith('\\') ? (escapes[inside[1]!] ?? inside[1]) : inside[0]
  }

  /** @param length of what is repeated */
  function repetitions(length = 0): number | undefined {
    const [whole = '', symbol, least] =
      /^(?:([?*+])|\{(\d+)(?:,\d*)?\})\??/.exec(pattern.slice(at)) ?? []
    if (whole === '') return 1
    if (length > 0 && /[*+]|,\}/.test(whole)) last = { at, length }
    const more = stretched?.at === at ? stretched.more : 0
    at += whole.length
    if (least !== undefined) return Number(least) + more
    return (symbol === '+' ? 1 : 0) + more
  }

  const text = alternatives()
  return { text: at < pattern.length ? undefined : text, last }
}
