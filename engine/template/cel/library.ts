import { type CelEnv, celEnv } from '@bufbuild/cel'
import { RE2JS } from '@bufbuild/re2'

/**
 * The used part of the CEL library. It is large, so the workflow bundle preloads this module once
 * for all runs of a worker (`worker/bundle.ts`). What a preloaded module exports is frozen and
 * must hold no state. The CLI loads this module at the first call (`scripts/load-late.ts`), so it
 * exports functions and no other values.
 */
export { celError, isCelError, isCelList, isCelMap, isCelUint, parse, plan } from '@bufbuild/cel'
export type {
  CelEnv,
  CelError,
  CelInput,
  CelList,
  CelMap,
  CelResult,
  CelValue,
} from '@bufbuild/cel'

/**
 * The standard functions. Made once: that takes longer than parsing a condition. It is not
 * exported, so nobody freezes it: nothing may write to it.
 */
const standard = celEnv()

/** Returns the environment with CEL's standard functions; the same at every call. */
export function standardEnvironment(): CelEnv {
  return standard
}

/** A compiled regular expression. */
export type Pattern = RE2JS

/** Compiles a regular expression of RE2's syntax. @throws when it is not one */
export function compilePattern(source: string): Pattern {
  return RE2JS.compile(source)
}
