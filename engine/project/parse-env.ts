/** What is wrong in a file of variables, and where, counted from 1. It never shows a value. */
export interface EnvProblem {
  readonly message: string
  readonly hint: string
  readonly line: number
  readonly column: number
}

/** The variables of a file by name, empty where the value cannot be read, and its problems. */
export interface ParsedEnv {
  readonly variables: Readonly<Record<string, string>>
  readonly problems: readonly EnvProblem[]
}

/** A file with so many of them is no `.env`: the rest of it is not read. */
const mostProblems = 20

const assignment = 'NAME=value, one on a line; a comment begins with #'
const inQuotes = 'a value ends at the next quote of its kind; put single quotes around JSON'

/** Sticky, so that the whole file is read in one pass. */
const blank = /[ \t\n]+|#[^\n]*/y
const name = /(?:export +(?=[^\s=]))?([^\s=#"'`]+)[ \t]*=/y
const value = / *(?:(["'`])|([^\n#]*)(?:#[^\n]*)?)/y
const afterQuote = /[ \t]*(?:#[^\n]*)?(?=\n|$)/y

class EnvError extends Error {
  readonly at: number
  readonly hint: string

  constructor(at: number, message: string, hint: string) {
    super(message)
    this.at = at
    this.hint = hint
  }
}

/** Reads `NAME=value` lines from one place to the next. */
class EnvReader {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Reads on after a place that it refuses, with the next line. */
  read(): { variables: Readonly<Record<string, string>>; refused: EnvError[] } {
    const variables = new Map<string, string>()
    const refused: EnvError[] = []
    while (refused.length < mostProblems && this.#hasMore()) {
      const start = this.#at
      const key = this.#take(name)?.[1]
      try {
        if (key === undefined)
          throw new EnvError(start, 'this line does not assign a variable', assignment)
        variables.set(key, '')
        variables.set(key, this.#readValue())
      } catch (thrown) {
        if (!(thrown instanceof EnvError)) throw thrown
        refused.push(thrown)
        this.#skipLine()
      }
    }
    if (this.#hasMore())
      refused.push(new EnvError(this.#at, 'the file is not read from here on', assignment))
    return { variables: Object.fromEntries(variables), refused }
  }

  /** Passes over blanks and comments. */
  #hasMore(): boolean {
    while (this.#take(blank)) continue
    return this.#at < this.#text.length
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end
  }

  #readValue(): string {
    const [all, quote, plain = ''] = this.#take(value)!
    if (quote !== undefined) return this.#readQuoted(quote)
    const start = this.#at - all.length
    // Not with / +$/, which reads each run of blanks again and again.
    let end = plain.length
    while (plain[end - 1] === ' ') end--
    const trimmed = plain.slice(0, end)
    if (/^\t|\t$/.test(trimmed))
      throw new EnvError(start, 'a tab around the value', 'use spaces, or put the value in quotes')
    return trimmed
  }

  /** The place is after the first quote. */
  #readQuoted(quote: string): string {
    const start = this.#at
    const end = this.#text.indexOf(quote, start)
    if (end < 0) throw new EnvError(start - 1, `no closing ${quote}`, inQuotes)
    this.#at = end + 1
    if (this.#take(afterQuote) === undefined) {
      // That quote may have been meant for a line of its own.
      this.#at = start
      throw new EnvError(end + 1, `text after the closing ${quote}`, inQuotes)
    }
    const inside = this.#text.slice(start, end)
    if (quote !== '"') return inside
    const unclear = inside.indexOf('\\\\n')
    if (unclear >= 0)
      throw new EnvError(start + unclear, '\\\\n in double quotes is unclear', 'use single quotes')
    return inside.replaceAll('\\n', '\n')
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text) ?? undefined
    if (match) this.#at = pattern.lastIndex
    return match
  }
}

/** Finds the lines and columns of places that come in order. */
class Places {
  #line = 1
  #lineStart = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  find(at: number): { readonly line: number; readonly column: number } {
    for (;;) {
      const end = this.#text.indexOf('\n', this.#lineStart)
      if (end < 0 || end >= at) return { line: this.#line, column: at - this.#lineStart + 1 }
      this.#line++
      this.#lineStart = end + 1
    }
  }
}

/**
 * Parses the text of a `.env` file. Reads the dialect of Node's `--env-file`, but refuses what Node
 * alters or skips.
 */
export function parseEnvFile(source: string): ParsedEnv {
  const text = source.replaceAll('\r\n', '\n')
  const { variables, refused } = new EnvReader(text).read()
  const stray = text.indexOf('\r')
  if (stray >= 0) {
    const message = 'a carriage return without a line feed'
    refused.push(new EnvError(stray, message, 'end lines with LF or CRLF'))
  }
  const places = new Places(text)
  const inOrder = refused.sort((a, b) => a.at - b.at)
  const problems = inOrder.map(({ at, message, hint }) => ({ message, hint, ...places.find(at) }))
  return { variables, problems }
}
