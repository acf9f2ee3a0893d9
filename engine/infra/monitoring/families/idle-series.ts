/**
 * Which series of idle workflows and tools exist, at 0. `all`: every one. `core`: those in which
 * the first failure shows as a rise; the others come with the first event in this process.
 */
export type IdleSeries = 'core' | 'all'
