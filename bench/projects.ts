import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A workflow whose tasks call one tool after another, each with the output of the one before. */
function workflowText(id: string, tasks: number): string {
  const lines = Array.from({ length: tasks }, (_, i) => {
    const next = i + 1 < tasks ? `, on_success: { next: t${i + 1} }` : ''
    const before = i === 0 ? '' : `, before: '{{ .tasks.t${i - 1}.output.n }}'`
    const input = `{ n: '{{ .workflow.input.n }}'${before} }`
    return `  - { id: t${i}, tool: echo, with: ${input}${next} }`
  })
  return `id: ${id}
version: 1.0.0
config:
  input: { type: object, properties: { n: { type: integer, default: 1 } } }
tools:
  - { id: echo, execute: ../tools/echo.ts }
tasks:
${lines.join('\n')}
`
}

/** Writes a project of workflows with so many tasks each, and returns its folder. */
export function writeProject({ workflows, tasks }: { workflows: number; tasks: number }): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  for (const name of ['workflows', 'tools']) mkdirSync(join(folder, name))
  writeFileSync(
    join(folder, 'compozy.yaml'),
    'name: bench\nworkflows: [{ source: ./workflows/*.yaml }]\n',
  )
  writeFileSync(join(folder, 'tools/echo.ts'), 'export default (input: unknown) => input\n')
  for (let i = 0; i < workflows; i++)
    writeFileSync(join(folder, `workflows/flow-${i}.yaml`), workflowText(`flow-${i}`, tasks))
  return folder
}
