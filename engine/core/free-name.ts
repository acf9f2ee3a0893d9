/** The longest name of a signal or an event, in characters. */
export const longestName = 200

/**
 * How no name of a signal begins: Temporal's SDK keeps the prefix for itself. A run that receives
 * such a signal fails each of its workflow tasks, so that even a cancellation never reaches it.
 */
export const reservedPrefix = '__temporal_'

/** Matches a text that does not begin with {@link reservedPrefix}. */
export const unreservedPattern = `^(?!${reservedPrefix})`

/** What names of signals and events are, in words that follow "must be". */
export const nameAllowed = `a name of 1 to ${longestName} characters that does not begin with "${reservedPrefix}"`

/** Reports whether a text can be the name of a signal or an event. */
export function isFreeName(text: string): boolean {
  return text !== '' && text.length <= longestName && !text.startsWith(reservedPrefix)
}
