import { setImmediate } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import { deepFreeze } from '../compiler/compile-workflow.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { acceptInput } from './load-workflow.ts'
import type { EventTrigger, Project, Tool, Workflow } from './project.ts'
import type { SchemaCheck } from './schemas/validation/schema-check.ts'
import { createSchemaCompiler } from './schemas/validation/schema-compiler.ts'

/** A project without its functions, as another thread can receive it. */
export interface PackedProject {
  readonly shared: Omit<Project, 'workflows' | 'tools'>
  /** Each serialized by itself, so that the receiver can pause between them. */
  readonly workflows: readonly Uint8Array[]
  readonly tools: readonly Uint8Array[]
}

interface PlainWorkflow extends Omit<Workflow, 'acceptInput' | 'triggers'> {
  readonly triggers: readonly Omit<EventTrigger, 'check'>[]
}

type PlainTool = Omit<Tool, 'checkInput' | 'checkOutput'>

/** Packs a loaded project for another thread. */
export function packProject({ workflows, tools, ...shared }: Project): PackedProject {
  return {
    shared,
    workflows: [...workflows.values()].map(({ acceptInput: _accept, triggers, ...rest }) => {
      const plain = triggers.map(({ check: _check, ...trigger }) => trigger)
      return serialize({ ...rest, triggers: plain } satisfies PlainWorkflow)
    }),
    tools: [...tools.values()].map(({ checkInput: _input, checkOutput: _output, ...rest }) =>
      serialize(rest satisfies PlainTool),
    ),
  }
}

/**
 * Returns the project that {@link packProject} packed. Nothing is read or compiled again but its
 * schemas; between two workflows, tools or schemas, other work of the event loop goes on.
 */
export async function unpackProject(packed: PackedProject): Promise<Project> {
  const compiler = createSchemaCompiler()

  async function checkOf(schema: JsonObject | undefined): Promise<SchemaCheck | undefined> {
    return schema && (await compiler.compileAccepted(schema))
  }

  async function violationsOf(schema: JsonObject | undefined): Promise<Tool['checkInput']> {
    const check = await checkOf(schema)
    return (value) => check?.violations(value) ?? []
  }

  async function unpackWorkflow(bytes: Uint8Array): Promise<Workflow> {
    const { triggers: plain, ...rest } = deserialize(bytes) as PlainWorkflow
    const input = await checkOf(rest.inputSchema)
    const triggers: EventTrigger[] = []
    for (const trigger of plain)
      triggers.push({ ...trigger, check: await violationsOf(trigger.schema) })
    return deepFreeze({
      ...rest,
      triggers,
      acceptInput: (value: JsonValue) => acceptInput(rest.id, input, value),
    })
  }

  async function unpackTool(bytes: Uint8Array): Promise<Tool> {
    const plain = deserialize(bytes) as PlainTool
    return deepFreeze({
      ...plain,
      checkInput: await violationsOf(plain.inputSchema),
      checkOutput: await violationsOf(plain.outputSchema),
    })
  }

  const workflows = new Map<string, Workflow>()
  for (const bytes of packed.workflows) {
    await setImmediate()
    const workflow = await unpackWorkflow(bytes)
    workflows.set(workflow.id, workflow)
  }
  const tools = new Map<string, Tool>()
  for (const bytes of packed.tools) {
    await setImmediate()
    const tool = await unpackTool(bytes)
    tools.set(tool.key, tool)
  }
  return Object.freeze({ ...deepFreeze(packed.shared), workflows, tools })
}
