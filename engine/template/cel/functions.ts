import { explainInexactText } from '../../core/exact-number.ts'
import { countCharacters } from '../functions/characters.ts'
import { encodeUtf8 } from '../functions/utf8.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import { containsText } from '../evaluate/find-text.ts'
import type { TemplateRules } from '../evaluate/scope.ts'
import { compareText } from '../evaluate/text-order.ts'
import { celArithmetic, requireExactDouble } from './arithmetic.ts'
import { readClock } from './clock.ts'
import {
  celError,
  type CelEnv,
  type CelResult,
  type CelValue,
  isCelList,
  isCelMap,
  isCelUint,
  standardEnvironment,
} from './library.ts'
import { cachedPattern, maximumPatternSize, type PatternCache, patternSize } from './pattern.ts'
import { timestampProblem } from './timestamp.ts'
import { chargeWalk, concatLists } from './values.ts'

/** What the functions of one condition use while it is evaluated. */
export interface CelRun {
  budget: EvaluationBudget
  readonly patterns: PatternCache
  rules: TemplateRules
}

type FunctionGroup = NonNullable<ReturnType<CelEnv['funcs']['find']>>

/** Returns the result of a call that the library would get wrong or could not bound. */
type OwnFunction = (
  target: CelValue | undefined,
  args: readonly CelValue[],
  run: CelRun,
  id: number,
) => CelResult | undefined

/** How much slower than a scan of the text each function is. */
const textCost: Readonly<Record<string, number>> = { bytes: 4 }

const walksValues: ReadonlySet<string> = new Set(['_==_', '_!=_', '@in', '_in_', 'in'])

/** The library compares texts by their UTF-16 units, CEL by their code points. */
function ordersTexts(holds: (order: number) => boolean): OwnFunction {
  return (_, [left, right]) =>
    typeof left === 'string' && typeof right === 'string'
      ? holds(compareText(left, right))
      : undefined
}

/** Own versions of functions, by the library's name. `undefined`: the library's own is right. */
const ownFunctions: Readonly<Record<string, OwnFunction>> = {
  '_+_': (_, [left, right], run) => {
    if (isCelList(left) && isCelList(right)) return concatLists(left, right, run.budget)
    if (typeof left === 'string' && typeof right === 'string')
      run.budget.makeText(left.length + right.length)
    if (left instanceof Uint8Array && right instanceof Uint8Array)
      run.budget.makeText(left.length + right.length)
    return undefined
  },
  '_<_': ordersTexts((order) => order < 0),
  '_<=_': ordersTexts((order) => order <= 0),
  '_>_': ordersTexts((order) => order > 0),
  '_>=_': ordersTexts((order) => order >= 0),
  size: (target, [argument], { budget }) => {
    const text = target ?? argument
    return typeof text === 'string' ? BigInt(countCharacters(text, budget)) : undefined
  },
  contains: (text, [part], { budget }) =>
    typeof text === 'string' && typeof part === 'string'
      ? containsText(text, part, budget)
      : undefined,
  matches: (target, args, run, id) => {
    const [text, pattern] = target === undefined ? args : [target, ...args]
    if (typeof text !== 'string' || typeof pattern !== 'string') return undefined
    return testPattern(text, pattern, run, id)
  },
  // The library makes bytes of the encoder's realm, which it does not know in the workflow sandbox.
  bytes: (_, [text]) => (typeof text === 'string' ? Uint8Array.from(encodeUtf8(text)) : undefined),
  // The library reads "" as 0 and "0x10" as 16.
  int: (_, [text], __, id) => refuseUnless(/^-?\d+$/, text, 'int() needs a whole number', id),
  double: (_, [value], { rules }, id) =>
    refuseUnless(
      /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
      value,
      'double() needs a number',
      id,
    ) ?? (rules.roundsText ? undefined : refuseInexact(value, id)),
  timestamp: (_, [text], { budget }, id) => {
    budget.charge(10)
    const problem = typeof text === 'string' ? timestampProblem(text) : undefined
    return problem === undefined ? undefined : celError(problem, id)
  },
}

/** Returns an error for text that does not match; `undefined` for other text and other values. */
function refuseUnless(
  pattern: RegExp,
  text: CelValue | undefined,
  message: string,
  id: number,
): CelResult | undefined {
  if (typeof text !== 'string' || pattern.test(text)) return undefined
  return celError(`${message}, got ${JSON.stringify(text.slice(0, 40))}`, id)
}

/** Returns an error for a number that a double would change. */
function refuseInexact(value: CelValue | undefined, id: number): CelResult | undefined {
  if (typeof value === 'string') {
    const problem = explainInexactText(value)
    return problem === undefined ? undefined : celError(`double(): ${problem}`, id)
  }
  if (typeof value === 'bigint') requireExactDouble(value)
  else if (isCelUint(value)) requireExactDouble(value.value)
  return undefined
}

function testPattern(text: string, pattern: string, run: CelRun, id: number): CelResult {
  const size = patternSize(pattern)
  if (size > maximumPatternSize)
    return celError(`matches: the pattern has more than ${maximumPatternSize} parts`, id)
  if (!run.patterns.has(pattern)) run.budget.charge(size * 20)
  run.budget.charge((text.length * (8 + size)) / 32)
  try {
    return cachedPattern(pattern, run.patterns).test(text)
  } catch (error) {
    return celError(`matches: ${error instanceof Error ? error.message : String(error)}`, id)
  }
}

function chargeCall(name: string, values: readonly unknown[], budget: EvaluationBudget): void {
  budget.charge(1.5)
  const walks = walksValues.has(name)
  for (const value of values) {
    if (typeof value === 'string') budget.readText(value.length, textCost[name] ?? 1)
    if (walks && (isCelList(value) || isCelMap(value))) chargeWalk(value, budget)
    if (value instanceof Uint8Array) budget.readText(value.length)
  }
}

/** Calls a function of the library, counted, with own code where the library's does not fit. */
function callCounted(
  group: FunctionGroup,
  id: number,
  target: CelValue | undefined,
  args: CelValue[],
  run: CelRun,
): CelResult | undefined {
  const { name } = group
  chargeCall(name, target === undefined ? args : [target, ...args], run.budget)
  try {
    const ownFunction = Object.hasOwn(ownFunctions, name) ? ownFunctions[name] : undefined
    const own =
      ownFunction?.(target, args, run, id) ??
      celArithmetic(name, args, run.rules) ??
      readClock(name, target, args, run.budget)
    return own ?? group.call(id, target, args)
  } catch (error) {
    if (error instanceof EvaluationError && !error.exceedsLimit) return celError(error.message, id)
    throw error
  }
}

/**
 * Returns the standard environment of CEL with its functions counted against the budget of the
 * run. Each condition plans its own: the library gives its functions nothing but their arguments.
 */
export function countedEnvironment(run: CelRun): CelEnv {
  const standard = standardEnvironment()
  const find = (name: string): FunctionGroup | undefined => {
    const group = standard.funcs.find(name)
    if (group === undefined) return undefined
    const call: FunctionGroup['call'] = (id, target, args) =>
      callCounted(group, id, target, args, run)
    return Object.create(group, { call: { value: call } }) as FunctionGroup
  }
  const funcs: unknown = Object.create(standard.funcs, { find: { value: find } })
  return Object.create(standard, { funcs: { value: funcs } }) as CelEnv
}
