import type { Shapes } from '../schema/shape.ts'
import { movedInProject, movedInRuntime } from '../schema/migration-hints.ts'
import { envShape, schemasShape, toolsShape } from '../compiler/shapes/workflow-shape.ts'

/** Sections of compozy.yaml that `config/` reads; here they only have to be mappings. */
export const configSections = ['server', 'temporal', 'worker', 'monitoring', 'logs'] as const

/** Top level of compozy.yaml. */
export const projectFields = {
  name: {
    is: 'pattern',
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,61}[A-Za-z0-9])?$',
    allowed: 'letters, digits, spaces, ".", "_" and "-", at most 63 in all',
    required: true,
    doc: 'name of the project, and of its task queue',
  },
  version: { is: 'scalar', doc: 'version of the project, yours to choose' },
  description: { is: 'text', doc: 'what it does' },
  author: { is: 'json', doc: 'who wrote it: text, or {name, email, organization, url}' },
  workflows: {
    is: 'list',
    of: {
      is: 'object',
      named: 'an entry of workflows',
      fields: {
        source: { is: 'text', required: true, doc: 'a file, or a glob, relative to compozy.yaml' },
      },
      doc: 'one file or glob',
    },
    doc: 'the workflow files',
  },
  tools: toolsShape,
  schemas: schemasShape,
  env: envShape,
  runtime: {
    is: 'object',
    named: 'runtime',
    moved: movedInRuntime,
    doc: 'how tools run',
    fields: {
      permissions: {
        is: 'list',
        of: { is: 'text', doc: "one of Deno's --allow-… or --deny-… flags" },
        doc: 'what tools may do; nothing by default',
      },
      tool_timeout: { is: 'duration', isPositive: true, doc: 'limit of one tool call (60s)' },
      max_tool_processes: {
        is: 'integer',
        min: 1,
        max: 256,
        doc: 'tool processes at a time, in all (4)',
      },
      memory_mb: { is: 'integer', min: 32, max: 65_536, doc: 'memory of one tool process (256)' },
      node_modules: { is: 'boolean', doc: 'true: tools may import local npm packages (false)' },
    },
  },
  server: { is: 'mapping', doc: 'address of the HTTP API' },
  temporal: { is: 'mapping', doc: 'connection to Temporal' },
  worker: { is: 'mapping', doc: 'workers of one process' },
  monitoring: { is: 'mapping', doc: 'metrics for Prometheus' },
  logs: { is: 'mapping', doc: 'what tools print, kept by run' },
} as const satisfies Shapes

export const projectNames = { named: 'compozy.yaml', moved: movedInProject } as const
