import type { NamedCommand } from '../command.ts'

/**
 * Every subcommand, in the order in which help lists them. Only the one that is called is loaded:
 * `--version`, `--help` and completion must not wait for the engine.
 */
export const commands: readonly NamedCommand[] = [
  {
    name: 'init',
    summary: 'Create a project: one workflow, one tool, schemas for editors',
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'dev',
    summary: 'Run a project in one process: Temporal, workers, API, metrics',
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'run',
    summary: 'Start a run of a workflow, watch it, print its output as JSON',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'validate',
    summary: 'Check compozy.yaml and every workflow without starting them',
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    name: 'start',
    summary: 'Serve the API and run workers on a configured Temporal server',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'worker',
    summary: 'Run only workers, with metrics and health on --port',
    load: async () => (await import('./worker.ts')).worker,
  },
  {
    name: 'workflows',
    summary: 'List the workflows of a project and what starts them',
    load: async () => (await import('./workflows.ts')).workflows,
  },
  {
    name: 'runs',
    summary: 'List runs; show, watch, signal, cancel, terminate or repeat one, or read its logs',
    load: async () => (await import('./runs.ts')).runs,
  },
  {
    name: 'events',
    summary: 'Publish an event: start a run of every workflow that listens to it',
    load: async () => (await import('./events.ts')).events,
  },
  {
    name: 'schedules',
    summary: 'List the schedules of a running project; show, trigger, pause or resume one',
    load: async () => (await import('./schedules.ts')).schedules,
  },
  {
    name: 'top',
    summary: 'Watch an engine live: requests, runs, backlog, workers',
    load: async () => (await import('./top.ts')).top,
  },
  {
    name: 'metrics',
    summary: 'Check an endpoint, list the catalogue, write alert rules and dashboards',
    load: async () => (await import('./metrics.ts')).metrics,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of workflow files or of compozy.yaml, for editors',
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    name: 'completion',
    summary: 'Print the script that completes commands in bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completion,
  },
]
