/**
 * What a module exports, as far as its text tells. It is read without a parser, so it errs to one
 * side: a name that it does not have is not exported.
 */
export interface ToolExports {
  /** Names of its exports that are there at run time. */
  readonly names: ReadonlySet<string>
  /** Reports whether the module may export a name. */
  readonly mayHave: (name: string) => boolean
}

/**
 * Characters of the longest module that is read, which takes less than 100 ms; a longer one is no
 * source that people wrote.
 */
const maximumLength = 1 << 18

const exportWord = /(?<![\w$.#\\])export(?![\w$])/g
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy
const stringLiteral = /"[^"\\\n]*"|'[^'\\\n]*'/y

/** What may stand before the name of a variable that is not the first of its statement. */
const beforeName = /[,{[:]|\.{3}/g

/**
 * Lines that hold nothing but a comment. A line with the end of a block comment, a template, or an
 * element is kept, and so is one that goes on with a string: it may hold code.
 */
const commentedLine =
  /^(?<!\\[\n\r\u2028\u2029]{1,2})[^\S\n\r\u2028\u2029]*\/\/(?!.*(?:\*\/|`|<\/)).*$/gm

/** CommonJS, and what compilers make: their exports are values that only a run knows. */
const assignedExports = /(?<![\w$])exports(?![\w$])/

/** Words that may stand between `export` and the word that says what is declared. */
const modifiers: ReadonlySet<string> = new Set(['async', 'abstract', 'declare'])
const declarations: ReadonlySet<string> = new Set(['function', 'class', 'enum', 'namespace'])
const variables: ReadonlySet<string> = new Set(['const', 'let', 'var'])

interface Reading {
  readonly source: string
  at: number
  readonly names: Set<string>
  /** Whether variables are exported, of which a statement may declare several. */
  hasVariables: boolean
  isUnknown: boolean
}

function take(reading: Reading, pattern: RegExp): string | undefined {
  pattern.lastIndex = reading.at
  const [text] = pattern.exec(reading.source) ?? []
  if (text !== undefined) reading.at += text.length
  return text
}

/** Skips white space and comments. No pattern does it: one would try comments in several ways. */
function skipGap(reading: Reading): void {
  const { source } = reading
  for (;;) {
    const start = reading.at
    take(reading, /\s+/y)
    take(reading, /\/\/.*/y)
    if (source.startsWith('/*', reading.at)) {
      const end = source.indexOf('*/', reading.at + 2)
      // An open comment ends the reading: it would be searched again and again.
      if (end < 0) reading.isUnknown = true
      else reading.at = end + 2
    }
    if (reading.at === start || reading.isUnknown) return
  }
}

function takeAfterGap(reading: Reading, pattern: RegExp): string | undefined {
  skipGap(reading)
  return reading.isUnknown ? undefined : take(reading, pattern)
}

/** Takes the name that follows. One that is written with escapes is not read. */
function takeName(reading: Reading): string {
  const string = takeAfterGap(reading, stringLiteral)
  const name = string === undefined ? take(reading, identifier) : string.slice(1, -1)
  if (name === undefined || reading.source[reading.at] === '\\') reading.isUnknown = true
  return name ?? ''
}

/** Reads `a, b as c, type D }`. */
function readList(reading: Reading): void {
  while (takeAfterGap(reading, /\}/y) === undefined && !reading.isUnknown) {
    const isType = take(reading, /type(?=\s+(?!as\b)[\w$"'])/y) !== undefined
    const inner = takeName(reading)
    const isRenamed = takeAfterGap(reading, /as(?![\w$])/y) !== undefined
    const name = isRenamed ? takeName(reading) : inner
    takeAfterGap(reading, /,/y)
    if (!isType) reading.names.add(name)
  }
}

/** Reads what follows the word `export`, if that makes it an export. */
function readExport(reading: Reading): void {
  if (takeAfterGap(reading, /\{/y) !== undefined) return readList(reading)
  if (take(reading, /\*/y) !== undefined) {
    if (takeAfterGap(reading, /as(?![\w$])/y) === undefined) reading.isUnknown = true
    else reading.names.add(takeName(reading))
    return
  }
  if (/[=@/]/.test(reading.source[reading.at] ?? '')) {
    reading.isUnknown = true
    return
  }
  let word = take(reading, identifier)
  while (word !== undefined && modifiers.has(word)) word = takeAfterGap(reading, identifier)
  if (word !== undefined) readDeclaration(reading, word)
}

function readDeclaration(reading: Reading, word: string): void {
  if (word === 'default') reading.names.add(word)
  else if (word === 'import' || word === 'module') reading.isUnknown = true
  else if (variables.has(word)) {
    reading.hasVariables = true
    takeAfterGap(reading, /enum(?![\w$])/y)
    reading.names.add(takeName(reading))
  } else if (declarations.has(word)) {
    takeAfterGap(reading, /\*/y)
    reading.names.add(takeName(reading))
  }
}

/**
 * Reads on from the end of each match, for as long as that tells something. What is read from two
 * places counts twice: a text that makes a reader start over and over is not read, so that the time
 * is linear in its length.
 */
function readFromEach(reading: Reading, start: RegExp, read: (reading: Reading) => void): void {
  const { source } = reading
  let left = source.length
  for (const { 0: text, index } of source.matchAll(start)) {
    const from = index + text.length
    reading.at = from
    read(reading)
    left -= reading.at - from
    if (left < 0) reading.isUnknown = true
    if (reading.isUnknown) return
  }
}

/** Whether a name stands where a statement may declare it after another one. */
function mayFollowAnother(source: string, name: string): boolean {
  // The only name that is a reserved word.
  if (name === 'default') return false
  const reading = createReading(source)
  readFromEach(reading, beforeName, (each) => {
    const found = takeAfterGap(each, identifier)
    if (found === name || source[each.at] === '\\') each.isUnknown = true
  })
  return reading.isUnknown
}

function createReading(source: string): Reading {
  return { source, at: 0, names: new Set(), hasVariables: false, isUnknown: false }
}

/**
 * Returns what a module exports; undefined where its text does not tell: `export *`, patterns,
 * CommonJS, decorators, names with escapes, open comments, very long files. The time is linear in
 * the length.
 */
export function readToolExports(text: string): ToolExports | undefined {
  if (text.length > maximumLength || assignedExports.test(text)) return undefined
  const source = text.replaceAll(commentedLine, '')
  const reading = createReading(source)
  readFromEach(reading, exportWord, readExport)
  const { names, hasVariables, isUnknown } = reading
  if (isUnknown) return undefined
  return {
    names,
    mayHave: (name) => names.has(name) || (hasVariables && mayFollowAnother(source, name)),
  }
}
