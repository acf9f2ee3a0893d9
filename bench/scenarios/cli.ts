import { rmSync } from 'node:fs'
import { timeCommands } from '../commands.ts'
import { writeProject } from '../projects.ts'
import type { Scenario } from '../scenario.ts'

/** Projects that `validate` checks: workflows, and tasks of each. */
const projects = {
  validate_one_task: { workflows: 1, tasks: 1 },
  validate_1000_tasks: { workflows: 1, tasks: 1_000 },
  validate_2000_tasks: { workflows: 1, tasks: 2_000 },
  validate_500_workflows: { workflows: 500, tasks: 4 },
  validate_500_of_one_task: { workflows: 500, tasks: 1 },
} as const

/** How long commands take that end by themselves. */
export const cli: Scenario = {
  name: 'cli',
  doc: 'seconds of --version, --help and validate, and each as a ratio to "node -e 0"',
  async run({ quick, random, progress }) {
    const folders = Object.entries(projects).map(
      ([name, size]) => [name, writeProject(size)] as const,
    )
    const checks = folders.map(([name, folder]) => [name, ['validate', '--cwd', folder]] as const)
    const commands = {
      version: ['--version'],
      help: ['--help'],
      dev_help: ['dev', '--help'],
      runs_help: ['runs', '--help'],
      completion: ['__complete', 'words', 'runs', 'sh'],
      ...Object.fromEntries(checks),
    }
    try {
      return await timeCommands(commands, { rounds: quick ? 4 : 20, random, progress })
    } finally {
      for (const [, folder] of folders) rmSync(folder, { recursive: true })
    }
  },
}
