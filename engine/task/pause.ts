import type { Fields } from './field.ts'

/** Keys of a pause: exactly one of the two. */
export const pauseFields = {
  duration: { is: 'duration', doc: 'how long' },
  until: { is: 'template', doc: 'a point in time, RFC 3339; one that is past does not pause' },
} as const satisfies Fields
