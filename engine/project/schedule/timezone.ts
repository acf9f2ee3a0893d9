/** The names that ICU lists, exactly as IANA writes them, by their lower case. */
const listedZones = new Map(
  Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]),
)

/**
 * Returns the time zone as Temporal takes it, undefined for an unknown one. Temporal looks zones up
 * by their exact IANA name and knows no offsets; JavaScript ignores case, so `utc` becomes `UTC`
 * and `America/New_york` becomes `America/New_York` here.
 */
export function timezoneName(name: string): string | undefined {
  // JavaScript knows SystemV/EST5 and the like, Temporal does not.
  if (/^[+-]|^systemv\//i.test(name)) return undefined
  if (/^us\/pacific-new$/i.test(name)) return 'America/Los_Angeles'
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return listedZones.get(name.toLowerCase()) ?? (isWellWritten(name) ? name : timeZone)
  } catch {
    return undefined
  }
}

/** Older names whose last word IANA does not write with one capital, such as `Australia/NSW`. */
const oddlyWritten =
  /(?:act|nsw|lhi|knox_in|comodrivadavia|easterisland|bajanorte|bajasur|denoronha)$/i

/**
 * Reports whether an older name, which ICU does not list, is written as IANA writes it:
 * `Asia/Kolkata` and `US/Pacific`, but not `Asia/kolkata` or `Us/Pacific`.
 */
function isWellWritten(name: string): boolean {
  if (/^Etc\/GMT[+-]\d+$/.test(name)) return true
  if (oddlyWritten.test(name) || /^(?:Us|Etc)\//.test(name)) return false
  const [area = '', ...rest] = name.split(/[/_-]/)
  const isWord = (word: string): boolean => /^[A-Z][a-z]+$/.test(word)
  return rest.length > 0 && (area === 'US' || isWord(area)) && rest.every(isWord)
}
