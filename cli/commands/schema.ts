import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'

/** `compozy schema`. */
export const schema: Command = {
  positionals: ['[workflow|project]'],
  flags: {},
  details: `
With yaml-language-server, an editor completes and checks a file whose first line names the schema:

  # yaml-language-server: $schema=./schema/workflow.json

  compozy schema workflow > schema/workflow.json
  compozy schema project > schema/project.json`,
  async run({ flags, terminal }) {
    const { schemaTexts } = await import('../schema-texts.ts')
    const [kind = 'workflow'] = flags.positionals
    const text = Object.hasOwn(schemaTexts, kind)
      ? schemaTexts[kind as keyof typeof schemaTexts]()
      : undefined
    if (text === undefined) {
      const hint = didYouMean(kind, Object.keys(schemaTexts))
      throw new CompozyError(
        'usage_invalid',
        `there is no schema "${kind}"; use workflow or project${hint}`,
      )
    }
    terminal.print(text.trimEnd())
    terminal.emit({ event: 'schema', of: kind, schema: JSON.parse(text) as unknown })
    return exitCodes.clean
  },
}
