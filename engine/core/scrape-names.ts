const reservedPrefixes = ['process', 'nodejs', 'temporal', 'prometheus', 'scrape', 'otel', 'go']

/** Says what is wrong with a prefix of exported names, as what follows it; undefined for nothing. */
export function prefixProblem(prefix: unknown): string | undefined {
  if (typeof prefix !== 'string' || !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(prefix))
    return 'is invalid; use lower case letters, digits and single underscores, such as "shop"'
  if (reservedPrefixes.some((each) => prefix === each || prefix.startsWith(`${each}_`)))
    return 'belongs to another exporter; choose the name of your application'
  return undefined
}

/**
 * Reports whether rules can name a scrape job. It stands in PromQL strings, and in annotations,
 * which are templates of Go.
 */
export const isScrapeJob = (job: unknown): boolean =>
  typeof job === 'string' && /^[^"\\\p{Cc}\p{Cs}]+$/u.test(job) && !job.includes('{{')

/** What a scrape job must be, as the end of "it must …". */
export const scrapeJobRule = 'have no quotes, backslashes, control characters or {{'
