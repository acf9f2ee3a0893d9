import { CompozyError } from '../../core/errors.ts'

/** How far a reader is in the lines of one writer. */
export interface WriterPlace {
  readonly segment: number
  /** Bytes of the segment that are read. */
  readonly offset: number
  /** Number of the last line. A later line with a gap before it tells how many are left out. */
  readonly line: number
}

/** How far a reader is in a run's log, by writer. */
export type LogPlace = ReadonlyMap<string, WriterPlace>

const pattern = /^[0-9a-f]{8}(\.\d{1,15}){3}(~[0-9a-f]{8}(\.\d{1,15}){3}){0,199}$/
/** The cursor of a log in which nothing has been read. */
const emptyCursor = 'start'

/** Writes a place as the cursor that clients hand back. */
export function cursorOf(place: LogPlace): string {
  if (place.size === 0) return emptyCursor
  return [...place]
    .map(([writer, { segment, offset, line }]) => `${writer}.${segment}.${offset}.${line}`)
    .join('~')
}

/** Reads a cursor. Throws CompozyError `input_invalid` if no answer can have given it. */
export function placeOf(cursor: string | undefined): Map<string, WriterPlace> {
  const place = new Map<string, WriterPlace>()
  if (cursor === undefined || cursor === emptyCursor) return place
  if (!pattern.test(cursor))
    throw new CompozyError('input_invalid', 'invalid cursor; use the cursor of an earlier answer')
  for (const part of cursor.split('~')) {
    const [writer = '', segment, offset, line] = part.split('.')
    place.set(writer, { segment: Number(segment), offset: Number(offset), line: Number(line) })
  }
  return place
}
