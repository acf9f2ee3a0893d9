/** How a parallel or a collection handles the failure of a child. */
export const strategies = ['wait_all', 'fail_fast', 'best_effort', 'race'] as const

/** One of {@link strategies}. */
export type Strategy = (typeof strategies)[number]

/** Largest number of children to run at once; 0 means all. */
export const maximumWorkers = 10_000
