import { celEnv } from '@bufbuild/cel'

/**
 * The part of the CEL library that is used. It is large, so the workflow bundle preloads this module once for all
 * runs of a worker (`worker/bundle.ts`); what a preloaded module exports is frozen and must hold no state.
 */
export {
  celList,
  celMap,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  parse,
  plan,
} from '@bufbuild/cel'
export type { CelError, CelInput, CelList, CelMap, CelResult, CelValue } from '@bufbuild/cel'

/** The standard functions, with regular expressions that take linear time. Made once: it costs more than a parse. */
export const standardEnvironment = celEnv()
