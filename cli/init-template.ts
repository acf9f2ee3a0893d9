import { schemaTexts } from './schema-texts.ts'

/** The files of a new project by their path: one workflow, one tool, what an editor and git need. */
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
description: Greets somebody, shouts at those who ask for it
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

/** Runs in Deno, without any permission that runtime.permissions in compozy.yaml does not give. */
export async function run({ name }: Input): Promise<{ text: string }> {
  return { text: \`Hello, \${name}\` }
}
`,
    '.gitignore': '.compozy/\n',
    'README.md': `# ${name}

\`\`\`sh
compozy validate
compozy run hello --input '{"name":"Ada","loud":true}'
compozy dev
\`\`\`

\`schema/\` is for editors: \`compozy schema workflow > schema/workflow.json\` renews it after an update.
`,
    'schema/workflow.json': schemaTexts.workflow(),
    'schema/project.json': schemaTexts.project(),
  }
}
