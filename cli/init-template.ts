import { schemaTexts } from './schema-texts.ts'

/**
 * Returns the files of a new project by path: a workflow, a tool, and files for editors and git.
 */
export function projectTemplate(name: string): Readonly<Record<string, string>> {
  return {
    'compozy.yaml': `# yaml-language-server: $schema=./schema/project.json
name: ${JSON.stringify(name)}
version: 0.1.0
workflows:
  - source: ./workflows/*.yaml
tools:
  - id: greet
    description: Makes a greeting
    execute: ./tools/greet.ts
    input:
      type: object
      required: [name]
      properties: { name: { type: string } }
monitoring:
  enabled: true
`,
    'workflows/hello.yaml': `# yaml-language-server: $schema=../schema/workflow.json
id: hello
description: Greets somebody, loudly if asked
config:
  input:
    type: object
    properties:
      name: { type: string, default: world }
      loud: { type: boolean, default: false }
    examples: [{ name: Ada }]
tasks:
  - id: greet
    tool: greet
    with: { name: '{{ .workflow.input.name }}' }
    retry_policy: { maximum_attempts: 3 }
    on_success: { next: choose }
  - id: choose
    type: router
    condition: workflow.input.loud
    routes:
      'true': { id: loud, type: aggregate, outputs: { text: '{{ .tasks.greet.output.text | upper }}!' } }
      'false': { id: calm, type: aggregate, outputs: { text: '{{ .tasks.greet.output.text }}' } }
outputs:
  text: '{{ .tasks.choose.output.text }}'
`,
    'tools/greet.ts': `interface Input {
  name: string
}

/** Runs in Deno, with only the permissions that runtime.permissions in compozy.yaml grants. */
export async function run({ name }: Input): Promise<{ text: string }> {
  return { text: \`Hello, \${name}\` }
}
`,
    '.gitignore': '.compozy/\nnode_modules/\n',
    'README.md': `# ${name}

\`\`\`sh
compozy validate
compozy run hello --input '{"name":"Ada","loud":true}'
compozy dev
\`\`\`

\`schema/\` is for editors. After an update of Compozy, run \`compozy schema workflow > schema/workflow.json\`.
`,
    'schema/workflow.json': schemaTexts.workflow(),
    'schema/project.json': schemaTexts.project(),
  }
}
