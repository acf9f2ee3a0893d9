import { defined } from '../../core/defined.ts'
import { longestName, unreservedPattern } from '../../core/free-name.ts'
import type { JsonObject } from '../../core/json.ts'
import { standardKinds } from '../../kinds/index.ts'
import type { TaskKind, TaskKinds } from '../../kinds/kind.ts'
import { fieldsOf } from './task-shape.ts'
import { idPattern, type Shape, type Shapes } from '../../schema/shape.ts'
import { workflowFields } from './workflow-shape.ts'

/** The dialect of the schemas that editors get. */
export const dialect = 'https://json-schema.org/draft/2020-12/schema'

/**
 * JSON Schema's words; spelled out in an object literal, `then` would look like a promise to the
 * linter.
 */
const [condition, consequence] = ['if', 'then'] as const

/** Where a route leads: the id of a task, or a task. */
const route: JsonObject = { anyOf: [{ type: 'string' }, { $ref: '#/$defs/inline_task' }] }

/** Parts that shapes refer to by name. */
export const definitions: JsonObject = {
  duration: {
    type: 'string',
    pattern: '^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$',
    examples: ['500ms', '5s', '1h30m', '7d'],
  },
  id: { type: 'string', pattern: idPattern },
  json_schema: { anyOf: [{ type: 'object' }, { type: 'boolean' }] },
}

/** Tasks in a list, which have an id, and inline ones, which may have none. */
function taskDefinitions(kinds: TaskKinds): JsonObject {
  const allOf = kinds.names.map((name) => taskCase(kinds.of({ type: name }), kinds))
  const properties = { type: { enum: kinds.names, default: kinds.default.name } }
  return {
    task: { allOf, required: ['id'], properties },
    inline_task: { allOf, properties },
  }
}

/** One kind of task: applies where `type` names it, the default one also where `type` is absent. */
function taskCase(kind: TaskKind, kinds: TaskKinds): JsonObject {
  const { id: _id, ...fields } = fieldsOf(kind, kinds)
  const { properties, ...rest } = objectSchema(fields)
  const named = { properties: { type: { const: kind.name } } }
  return {
    [condition]: kind === kinds.default ? named : { ...named, required: ['type'] },
    [consequence]: {
      ...rest,
      properties: { id: { type: 'string' }, ...(properties as JsonObject) },
    },
  }
}

/** A mapping of these fields and no others. */
export function objectSchema(fields: Shapes): JsonObject {
  const required = Object.keys(fields).filter((key) => fields[key]!.required === true)
  return defined({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(fields).map(([key, shape]) => [key, shapeSchema(shape)]),
    ),
    required: required.length > 0 ? required : undefined,
  })
}

function ref(name: string): JsonObject {
  return { $ref: `#/$defs/${name}` }
}

function bareSchema(shape: Shape): JsonObject {
  switch (shape.is) {
    case 'text':
    case 'next':
    case 'workflow_id':
      return { type: 'string', minLength: 1 }
    case 'scalar':
    case 'template':
      return { type: ['string', 'number', 'boolean'] }
    case 'condition':
      return { type: ['string', 'boolean'] }
    case 'id':
      return ref('id')
    case 'name':
      return { type: 'string', minLength: 1, maxLength: longestName, pattern: unreservedPattern }
    case 'pattern':
      return { type: 'string', pattern: shape.pattern }
    case 'variable':
      return { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$' }
    case 'time':
      return { type: 'string', format: 'date-time' }
    case 'duration':
      return ref('duration')
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'number':
      return defined({
        type: 'number',
        minimum: shape.min,
        maximum: shape.max,
      })
    case 'choice':
      return { enum: shape.of }
    case 'object':
      return objectSchema(shape.fields)
    case 'list':
      return defined({
        type: 'array',
        items: shapeSchema(shape.of),
        minItems: shape.min,
        maxItems: shape.max,
      })
    case 'map':
      return defined({
        type: 'object',
        additionalProperties: shapeSchema(shape.of),
        propertyNames: shape.keys === undefined ? undefined : { pattern: shape.keys.pattern },
      })
    case 'mapping':
      return { type: 'object' }
    case 'schema':
      return ref('json_schema')
    case 'task':
      return ref('inline_task')
    case 'tasks':
      return { type: 'array', minItems: 1, items: ref('task') }
    case 'route':
      return route
    case 'routes':
      return { type: 'object', additionalProperties: route }
    case 'tool':
    case 'tree':
    case 'json':
      return {}
  }
}

/**
 * The JSON Schema of one shape, with its documentation. A key without a value counts as not given.
 */
export function shapeSchema(shape: Shape): JsonObject {
  return { description: shape.doc, ...bareSchema(shape) }
}

/**
 * JSON Schema (2020-12) of a workflow file, for editors. The loader checks more than a schema can
 * say.
 */
export function workflowJsonSchema(kinds: TaskKinds = standardKinds): JsonObject {
  return {
    $schema: dialect,
    title: 'Compozy workflow',
    ...objectSchema(workflowFields),
    $defs: { ...definitions, ...taskDefinitions(kinds) },
  }
}
