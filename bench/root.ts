import { resolve } from 'node:path'

/**
 * The project's folder. The benchmarks run compiled, in `dist/bench` beside the built product that
 * they measure: a loader that compiles on the fly names each closure with a call of its own, which
 * costs more than recording does.
 */
export const root = resolve(import.meta.dirname, '../..')
