import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkflowObjectives } from '../../engine/infra/monitoring/rules/rule.ts'

const hour = 3_600_000

/** What the project's workflows promise, as their YAML says it. */
export const objectives: readonly WorkflowObjectives[] = [{ workflow: 'hourly', everyMs: hour }]

const steady = (id: string): string => `id: ${id}
tasks:
  - { id: say, tool: hello, with: { name: '{{ .workflow.input.name }}' } }
outputs: { text: '{{ .tasks.say.output.text }}' }
`

const files = {
  'compozy.yaml': `name: gameday
workflows: [{ source: ./workflows/*.yaml }]
tools:
  - { id: hello, description: greets, execute: ./hello.ts }
  - { id: crash, description: ends its process, execute: ./crash.ts }
  - { id: slow, description: takes its time, execute: ./slow.ts }
monitoring: { enabled: true, process: true, temporal_sdk: true }
worker: { max_concurrent_tasks: 5 }
`,
  token: 'first\n',
  'hello.ts': `export default ({ name }: { name: string }) => {
  if (name === 'nobody') throw new Error('nobody to greet')
  return { text: \`hello \${name}\` }
}
`,
  'crash.ts': 'export default () => Deno.exit(3)\n',
  'slow.ts': 'export default () => new Promise((done) => setTimeout(() => done({}), 10_000))\n',
  'workflows/steady.yaml': steady('steady'),
  'workflows/minor.yaml': steady('minor'),
  'workflows/hourly.yaml': `${steady('hourly')}objectives: { every: 1h }\n`,
  'workflows/crashes.yaml': `id: crashes
tasks:
  - { id: call, tool: crash, on_error: { next: done } }
  - { id: done, tool: hello, with: { name: again } }
`,
  'workflows/slow.yaml': 'id: slow\ntasks: [{ id: call, tool: slow }]\n',
}

/** The project that the game day runs, in a folder of its own. */
export interface GameDayProject {
  readonly dir: string
  readonly tokenFile: string
  /** Gives a workflow another id. */
  rename(): void
  remove(): void
}

/** Writes the project. */
export function writeProject(): GameDayProject {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-gameday-'))
  mkdirSync(join(dir, 'workflows'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return {
    dir,
    tokenFile: join(dir, 'token'),
    rename() {
      rmSync(join(dir, 'workflows/minor.yaml'))
      writeFileSync(join(dir, 'workflows/minor-2.yaml'), steady('minor-2'))
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
