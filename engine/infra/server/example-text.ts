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

/**
 * Returns a text that a common pattern accepts: literals, classes, groups, alternatives and
 * quantifiers, each as short as possible. Undefined for what it does not know.
 */
export function textForPattern(pattern: string): string | undefined {
  let at = 0
  const has = (text: string): boolean => pattern.startsWith(text, at)

  function alternatives(): string | undefined {
    const first = sequence()
    while (has('|')) {
      at++
      sequence()
    }
    return first
  }

  function sequence(): string | undefined {
    let text: string | undefined = ''
    while (at < pattern.length && !has('|') && !has(')')) {
      const part = atom()
      const times = repetitions()
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

  function repetitions(): number | undefined {
    const [whole = '', symbol, least] =
      /^(?:([?*+])|\{(\d+)(?:,\d*)?\})\??/.exec(pattern.slice(at)) ?? []
    at += whole.length
    if (whole === '') return 1
    if (least !== undefined) return Number(least)
    return symbol === '+' ? 1 : 0
  }

  const text = alternatives()
  return at < pattern.length ? undefined : text
}
