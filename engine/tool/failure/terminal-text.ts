/**
 * Controls that move a terminal's cursor, change its state or reorder text: C0 without tab and line
 * feed, DEL, C1, and Unicode's directional marks.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what it escapes
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

function escape(control: string): string {
  const code = control.charCodeAt(0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
}

/**
 * Returns text that a terminal shows as it is: control sequences become visible escapes.
 *
 * @example escapeControls('\x1b[2Jhello') // '\\x1b[2Jhello'
 */
export function escapeControls(text: string): string {
  return text.replace(controls, escape)
}
