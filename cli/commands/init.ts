import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CompozyError } from '../../engine/core/errors.ts'
import { projectFields } from '../../engine/project/project-shape.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { shellWord } from '../shell-word.ts'

const { pattern, allowed } = projectFields.name

/** `compozy init`. */
export const init: Command = {
  positionals: ['[DIR]'],
  flags: { name: { value: 'NAME', doc: "Name of the project (default: the folder's)" } },
  details: `
Creates DIR if it does not exist; refuses a non-empty DIR. Hidden files and what npm install leaves (package.json,
node_modules, a lock file) are fine and stay as they are. Without --name, it asks for the name on a terminal.

  compozy init hello
  compozy init hello --name "My first project"`,
  async run(context) {
    const { flags, terminal, cwd } = context
    const dir = resolve(cwd, flags.positionals[0] ?? flags.values['cwd'] ?? '.')
    refuseFull(dir)
    const name = await nameOf(dir, context)
    const { projectTemplate } = await import('../init-template.ts')
    // Only a hidden file, such as .gitignore, can be there already; it is the user's.
    const files = Object.entries(projectTemplate(name)).filter(
      ([path]) => !existsSync(join(dir, path)),
    )
    for (const [path, text] of files) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
    terminal.emit({ event: 'created', dir, name, files: files.map(([path]) => path) })
    terminal.print(`${name} is in ${dir}\n\nTry:\n`)
    for (const line of linesToTry(dir, context)) terminal.print(`  ${line}`)
    return exitCodes.clean
  },
}

/** Commands for the new project. They work from any folder, so the path is whole. */
function linesToTry(dir: string, { cwd, env }: CommandContext): string[] {
  const input = `--input '{"name":"Ada"}'`
  // A checkout installs no command, and `npm run` works only in its folder.
  if (env['npm_lifecycle_event'] === 'compozy') {
    const at = `--cwd ${shellWord(dir)}`
    return [`npm run compozy -- run hello ${at} ${input}`, `npm run compozy -- dev ${at}`]
  }
  // `npx compozy init` installs no command `compozy`.
  const compozy = env['npm_command'] === 'exec' ? 'npx compozy' : 'compozy'
  return [
    ...(dir === cwd ? [] : [`cd ${shellWord(dir)}`]),
    `${compozy} run hello ${input}`,
    `${compozy} dev`,
  ]
}

/** What a package manager leaves in the folder where Compozy was installed. */
const ofPackageManagers = new Set([
  'package.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'node_modules',
])

function refuseFull(dir: string): void {
  let names: string[]
  try {
    names = readdirSync(dir).filter((name) => !name.startsWith('.') && !ofPackageManagers.has(name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    throw new CompozyError('usage_invalid', `${dir} cannot be used (${code})`, { cause: error })
  }
  if (names.length === 0) return
  const some = names.slice(0, 3).join(', ')
  throw new CompozyError(
    'usage_invalid',
    `${dir} is not empty (${some}); name a new folder: compozy init DIR`,
  )
}

async function nameOf(dir: string, { flags, ask }: CommandContext): Promise<string> {
  const suggested = basename(dir)
    .replaceAll(/[^A-Za-z0-9 ._-]/g, '-')
    .slice(0, 63)
  const fallback = new RegExp(pattern, 'u').test(suggested) ? suggested : 'project'
  const given =
    flags.values['name'] ?? ((await ask?.(`Name of the project (${fallback}): `)) || fallback)
  if (new RegExp(pattern, 'u').test(given)) return given
  throw new CompozyError('usage_invalid', `the name "${given}" is invalid; allowed are ${allowed}`)
}
