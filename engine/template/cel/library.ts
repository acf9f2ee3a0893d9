import { celEnv } from '@bufbuild/cel'

/**
 * The used part of the CEL library. It is large, so the workflow bundle preloads this module once
 * for all runs of a worker (`worker/bundle.ts`). What a preloaded module exports is frozen and
 * must hold no state.
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
export { RE2JS } from '@bufbuild/re2'

/** The standard functions. Made once: that takes longer than parsing a condition. */
export const standardEnvironment = celEnv()
