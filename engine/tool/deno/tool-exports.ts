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

/** Characters of the longest module that is read; a longer one is no source that people wrote. */
const maximumLength = 1 << 20

/** White space and comments; the bound keeps an open comment from being searched repeatedly. */
const gapPattern = String.raw`(?:\s|\/\/[^\n]{0,1000}\n|\/\*[^]{0,1000}?\*\/)*`
const gap = new RegExp(gapPattern, 'y')
const exportWord = /(?<![\w$.#\\])export(?![\w$])/g
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy
const stringLiteral = /"[^"\\\n]*"|'[^'\\\n]*'/y

/** Lines that hold nothing but a comment. */
const commentedLine = /^[^\S\n]*\/\/(?!.*\*\/).*$/gm

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

function takeAfterGap(reading: Reading, pattern: RegExp): string | undefined {
  take(reading, gap)
  return take(reading, pattern)
}

/** Reads the name that follows. One that is written with escapes is not read. */
function readName(reading: Reading): void {
  take(reading, gap)
  const string = take(reading, stringLiteral)
  const name = string === undefined ? take(reading, identifier) : string.slice(1, -1)
  if (name === undefined || reading.source[reading.at] === '\\') reading.isUnknown = true
  else reading.names.add(name)
}

/** Reads `a, b as c, type D }`. */
function readList(reading: Reading): void {
  for (;;) {
    if (takeAfterGap(reading, /\}/y) !== undefined) return
    const isType = takeAfterGap(reading, /type(?=\s+(?!as\b)[\w$"'])/y) !== undefined
    const item: Reading = { ...reading, names: new Set() }
    readName(item)
    if (takeAfterGap(item, /as(?![\w$])/y) !== undefined) {
      item.names.clear()
      readName(item)
    }
    takeAfterGap(item, /,/y)
    // Nothing that can stand in a list.
    if (item.isUnknown || item.at === reading.at) {
      reading.isUnknown = true
      return
    }
    reading.at = item.at
    if (!isType) for (const name of item.names) reading.names.add(name)
  }
}

/** Reads what follows the word `export`, if that makes it an export. */
function readExport(reading: Reading): void {
  if (takeAfterGap(reading, /\{/y) !== undefined) return readList(reading)
  if (take(reading, /\*/y) !== undefined) {
    if (takeAfterGap(reading, /as(?![\w$])/y) === undefined) reading.isUnknown = true
    else readName(reading)
    return
  }
  if (/[=@/]/.test(reading.source[reading.at] ?? '')) {
    reading.isUnknown = true
    return
  }
  const word = take(reading, identifier)
  if (word !== undefined) readDeclaration(reading, word)
}

function readDeclaration(reading: Reading, word: string): void {
  if (word === 'default') reading.names.add(word)
  else if (word === 'import' || word === 'module') reading.isUnknown = true
  else if (modifiers.has(word)) {
    const next = takeAfterGap(reading, identifier)
    if (next !== undefined) readDeclaration(reading, next)
  } else if (variables.has(word)) {
    reading.hasVariables = true
    takeAfterGap(reading, /enum(?![\w$])/y)
    readName(reading)
  } else if (declarations.has(word)) {
    takeAfterGap(reading, /\*/y)
    readName(reading)
  }
}

/** Whether a name stands where a statement would declare it after another one. */
function followsAnother(source: string, name: string): boolean {
  const escaped = name.replaceAll('$', String.raw`\$`)
  const end = String.raw`(?![\w$])(?:[^\S\n]*\n|${gapPattern}(?:[:,;]|=(?![=>])))`
  return new RegExp(`,${gapPattern}${escaped}${end}`).test(source)
}

/**
 * Returns what a module exports; undefined where its text does not tell: `export *`, patterns,
 * CommonJS, decorators, names with escapes, very long files.
 */
export function readToolExports(text: string): ToolExports | undefined {
  if (text.length > maximumLength || assignedExports.test(text)) return undefined
  const source = text.replaceAll(commentedLine, '')
  const reading: Reading = {
    source,
    at: 0,
    names: new Set(),
    hasVariables: false,
    isUnknown: false,
  }
  for (const { index } of source.matchAll(exportWord)) {
    reading.at = index + 'export'.length
    readExport(reading)
    if (reading.isUnknown) return undefined
  }
  const { names, hasVariables } = reading
  return {
    names,
    mayHave: (name) => names.has(name) || (hasVariables && followsAnother(source, name)),
  }
}
