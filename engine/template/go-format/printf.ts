import type { JsonValue } from '../../core/json.ts'
import type { EvaluationBudget } from '../evaluate/budget.ts'
import { FormatWriter, goType, writeArgument } from './value.ts'
import { noOptions, type VerbOptions } from './verb.ts'

/** The largest width or precision that Go takes from a format or an argument. */
const largestNumber = 1_000_000

/** A format on its way, as Go's `doPrintf` reads it. */
class FormatReader {
  readonly #format: string
  readonly #values: readonly JsonValue[]
  readonly #out: FormatWriter
  #at = 0
  #argument = 0
  /** The part before was an argument index, `[3]`. */
  #afterIndex = false
  #indexIsGood = true
  #hasIndexes = false
  #options: VerbOptions = noOptions()

  constructor(format: string, values: readonly JsonValue[], out: FormatWriter) {
    this.#format = format
    this.#values = values
    this.#out = out
  }

  run(): void {
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at)
      const end = percent === -1 ? this.#format.length : percent
      if (end > this.#at) this.#out.write(this.#format.slice(this.#at, end))
      if (percent === -1) break
      this.#at = percent + 1
      this.#out.budget.charge(1)
      this.#verb()
    }
    if (!this.#hasIndexes) this.#extraArguments()
  }

  #verb(): void {
    this.#options = noOptions()
    this.#indexIsGood = true
    this.#flags()
    this.#afterIndex = this.#argumentIndex()
    this.#width()
    this.#precision()
    if (!this.#afterIndex) this.#afterIndex = this.#argumentIndex()
    const code = this.#format.codePointAt(this.#at)
    if (code === undefined) return this.#out.write('%!(NOVERB)')
    const letter = String.fromCodePoint(code)
    this.#at += letter.length
    this.#show(letter)
  }

  #flags(): void {
    for (;;) {
      const sign = this.#format[this.#at]
      if (sign === '#') this.#options.sharp = true
      else if (sign === '0') this.#options.zero = true
      else if (sign === '+') this.#options.plus = true
      else if (sign === '-') this.#options.minus = true
      else if (sign === ' ') this.#options.space = true
      else return
      this.#at++
    }
  }

  #width(): void {
    if (this.#format[this.#at] === '*') {
      const width = this.#starArgument()
      if (width === undefined) this.#out.write('%!(BADWIDTH)')
      this.#options.width = width === undefined ? undefined : Math.abs(width)
      if (width !== undefined && width < 0) {
        this.#options.minus = true
        this.#options.zero = false
      }
      return
    }
    this.#options.width = this.#number()
    if (this.#afterIndex && this.#options.width !== undefined) this.#indexIsGood = false
  }

  #precision(): void {
    // A dot at the very end of the format is a verb to Go.
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return
    this.#at++
    if (this.#afterIndex) this.#indexIsGood = false
    this.#afterIndex = this.#argumentIndex()
    if (this.#format[this.#at] !== '*') {
      this.#options.precision = this.#number() ?? 0
      return
    }
    const precision = this.#starArgument()
    this.#options.precision = precision !== undefined && precision >= 0 ? precision : undefined
    if (this.#options.precision === undefined) this.#out.write('%!(BADPREC)')
  }

  /** A width or precision that is an argument: `*`. */
  #starArgument(): number | undefined {
    this.#at++
    this.#afterIndex = false
    if (this.#argument >= this.#values.length) return undefined
    const value = this.#values[this.#argument++]
    const fits = Number.isInteger(value) && Math.abs(value as number) <= largestNumber
    return fits ? (value as number) : undefined
  }

  /** Digits of the format; too large a number ends the format, as in Go. */
  #number(): number | undefined {
    const digits = /^\d*/.exec(this.#format.slice(this.#at, this.#at + 20))![0]
    if (digits === '') return undefined
    if (Number(digits.slice(0, -1)) > largestNumber) {
      this.#at = this.#format.length
      return undefined
    }
    this.#at += digits.length
    return Number(digits)
  }

  /** `[3]`: takes the third argument next. Returns whether there is an index. */
  #argumentIndex(): boolean {
    if (this.#format[this.#at] !== '[') return false
    this.#hasIndexes = true
    const close = this.#format.indexOf(']', this.#at + 1)
    const digits = close === -1 ? undefined : this.#format.slice(this.#at + 1, close)
    this.#at = close === -1 ? this.#at + 1 : close + 1
    const isNumber = digits !== undefined && /^\d+$/.test(digits) && Number(digits) <= 1e7
    const index = isNumber ? Number(digits) - 1 : -1
    if (index >= 0 && index < this.#values.length) {
      this.#argument = index
      return true
    }
    this.#indexIsGood = false
    return isNumber
  }

  #show(letter: string): void {
    if (letter === '%') return this.#out.write('%')
    if (!this.#indexIsGood) return this.#out.write(`%!${letter}(BADINDEX)`)
    if (this.#argument >= this.#values.length) return this.#out.write(`%!${letter}(MISSING)`)
    if (letter === 'v' || letter === 'w') {
      this.#options.goSyntax = this.#options.sharp
      this.#options.sharp = false
      this.#options.plus = false
    }
    writeArgument(this.#values[this.#argument++]!, letter, this.#options, this.#out)
  }

  #extraArguments(): void {
    const rest = this.#values.slice(this.#argument)
    if (rest.length === 0) return
    this.#out.write('%!(EXTRA ')
    for (const [at, value] of rest.entries()) {
      if (at > 0) this.#out.write(', ')
      if (value !== null) this.#out.write(`${goType(value)}=`)
      writeArgument(value, 'v', noOptions(), this.#out)
    }
    this.#out.write(')')
  }
}

/**
 * Returns text by a format, as Go's fmt.Sprintf does, with `%!d(string=hi)` for a value that does
 * not fit its verb. JSON has one kind of number: a whole number takes the verbs of both int and
 * float64.
 */
export function formatText(
  format: string,
  values: readonly JsonValue[],
  budget: EvaluationBudget,
): string {
  const out = new FormatWriter(budget)
  new FormatReader(format, values, out).run()
  return out.text
}
