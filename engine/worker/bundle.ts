import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bundleWorkflowCode,
  type Logger as TemporalLogger,
  type WorkflowBundleOption,
} from '@temporalio/worker'

/** Returns the path of a module here: `.ts` when run from source, `.js` after the build. */
function moduleFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`${name}.${extension}`, import.meta.url))
}

/** Where `npm run build` puts the bundle. */
export const builtBundlePath = fileURLToPath(new URL('workflow-bundle.js', import.meta.url))

/**
 * Bundles what runs in the workflow sandbox: the shell, the interpreter, the monitoring
 * interceptors. All of it is preloaded: the runs of a thread share its modules and Temporal's
 * instead of evaluating them once for each run. So no module here keeps state of a run, except in
 * globals, of which the SDK gives each run its own.
 */
export async function bundleWorkflows(logger: TemporalLogger): Promise<{ code: string }> {
  const workflowsPath = moduleFile('workflows')
  const interceptors = [
    moduleFile('../infra/monitoring/sandbox'),
    moduleFile('delivery/activation-jobs'),
  ]
  const bundle = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: interceptors,
    preloadModules: [moduleFile('../template/cel/library'), workflowsPath, ...interceptors],
    logger,
  })
  return { code: keepTablesLazy(bundle.code) }
}

/**
 * CEL's regular expressions compute their Unicode tables on first use. The SDK freezes preloaded
 * modules by reading every property, which would compute the tables in every worker (0.6 s). It
 * skips objects that are frozen already.
 */
function keepTablesLazy(code: string): string {
  const opening = 'const UnicodeTables = {'
  const begin = code.indexOf(opening)
  const end = code.indexOf('\n};', begin)
  if (begin === -1 || end === -1)
    throw new Error('the bundle has no UnicodeTables: see why they are frozen here')
  const table = code.slice(begin + opening.length, end)
  return `${code.slice(0, begin)}const UnicodeTables = Object.freeze({${table}\n});${code.slice(end + 3)}`
}

/** Loads the prebuilt bundle of a build; from source, bundles now (about two seconds). */
export async function loadWorkflowBundle(logger: TemporalLogger): Promise<WorkflowBundleOption> {
  if (existsSync(builtBundlePath)) return { codePath: builtBundlePath }
  return bundleWorkflows(logger)
}
