import type { TaskIr } from '../../definition/task-ir.ts'
import type { Shape, Shapes } from '../../schema/shape.ts'

/** A way from a task: to a sibling by its id, or to a task inside it. */
export interface TaskLink {
  /** The field it is in, without `on_`: `success`, `processor`; of a route, its value. */
  readonly on: string
  readonly link: string | TaskIr
}

type FieldValues = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is FieldValues =>
  typeof value === 'object' && value !== null

const isLink = (value: unknown): value is string | TaskIr =>
  typeof value === 'string' || isObject(value)

const toLinks = (on: string, value: unknown): readonly TaskLink[] =>
  isLink(value) ? [{ on, link: value }] : []

/** @param on what the links of the field are for */
function linksIn(shape: Shape, value: unknown, on: string): readonly TaskLink[] {
  switch (shape.is) {
    case 'next':
    case 'route':
    case 'task':
      return toLinks(on, value)
    case 'tasks':
      return isObject(value) ? Object.values(value).flatMap((task) => toLinks(on, task)) : []
    case 'routes':
      return isObject(value)
        ? Object.entries(value).flatMap(([key, route]) => toLinks(key, route))
        : []
    case 'object':
      return isObject(value)
        ? Object.entries(shape.fields).flatMap(([key, inner]) => linksIn(inner, value[key], on))
        : []
    default:
      return []
  }
}

/** Returns the links in a task's compiled fields, in the order of the fields. */
export function linksOf(fields: Shapes, values: FieldValues): readonly TaskLink[] {
  return Object.entries(fields).flatMap(([key, shape]) =>
    linksIn(shape, values[key], key.replace(/^on_/, '')),
  )
}
