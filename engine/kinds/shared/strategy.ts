/** How a parallel or a collection takes the failure of a child. */
export const strategies = ['wait_all', 'fail_fast', 'best_effort', 'race'] as const

/** One of {@link strategies}. */
export type Strategy = (typeof strategies)[number]

/** The most children that a container may be told to run at once; 0 means all. */
export const maximumWorkers = 10_000
