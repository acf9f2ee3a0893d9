import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bundleWorkflowCode,
  type Logger as TemporalLogger,
  type WorkflowBundleOption,
} from '@temporalio/worker'

/** Source file of this folder as a path: `.ts` when run from source, `.js` after the build. */
function moduleFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`${name}.${extension}`, import.meta.url))
}

/** Where `npm run build` puts the bundle. */
export const builtBundlePath = fileURLToPath(new URL('workflow-bundle.js', import.meta.url))

/**
 * Bundles what runs in the workflow sandbox: the shell, the interpreter, the monitoring interceptors. CEL's library
 * is large; preloading its shim shares it between runs instead of evaluating it once for each.
 */
export function bundleWorkflows(logger: TemporalLogger): Promise<{ code: string }> {
  return bundleWorkflowCode({
    workflowsPath: moduleFile('workflows'),
    workflowInterceptorModules: [moduleFile('../infra/monitoring/sandbox')],
    preloadModules: [moduleFile('../template/cel-library'), moduleFile('../workflow/interpret')],
    logger,
  })
}

/** The prebuilt bundle of a build; from source it is made now (about two seconds). */
export async function loadWorkflowBundle(logger: TemporalLogger): Promise<WorkflowBundleOption> {
  if (existsSync(builtBundlePath)) return { codePath: builtBundlePath }
  return bundleWorkflows(logger)
}
