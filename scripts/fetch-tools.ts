/**
 * `npm run tools [-- --slow]`: fetches the programs that the tests run, each pinned, and prints
 * where they are; with `--slow` also those of the slow lane.
 */
import { findTemporalBinary } from '../engine/infra/temporal/binary/find.ts'
import { findChromium } from './programs/chromium.ts'
import { findGoProgram } from './programs/go-program.ts'
import { findHadolint } from './programs/hadolint.ts'
import { kubernetesSchemas } from './programs/kubernetes-schemas.ts'
import { findNginx } from './programs/nginx.ts'
import { findPrometheus } from './programs/prometheus.ts'

const { env } = process
const fast = {
  temporal: async () => (await findTemporalBinary({ env })).path,
  prometheus: async () => (await findPrometheus({ env })).prometheus,
  hadolint: () => findHadolint(env),
}
const slow = {
  chromium: () => findChromium(env),
  nginx: () => findNginx(env),
  kubeconform: () => findGoProgram('kubeconform', env),
  kustomize: () => findGoProgram('kustomize', env),
  'kubernetes schemas': () => kubernetesSchemas(env),
}

const wanted = process.argv.includes('--slow') ? { ...fast, ...slow } : fast
// One after the other: apt and pip lock, and every failure is told.
for (const [name, find] of Object.entries(wanted)) {
  try {
    console.log(`${name}: ${await find()}`)
  } catch (error) {
    process.exitCode = 1
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
