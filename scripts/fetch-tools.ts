/**
 * `npm run tools [-- --slow | NAME…]`: fetches the programs that the tests run, each pinned, and
 * prints where they are; with `--slow` also those of the slow lane, with names only these.
 */
import { findTemporalBinary } from '../engine/infra/temporal/binary/find.ts'
import { findChromium } from './programs/chromium.ts'
import { findGoProgram } from './programs/go-program.ts'
import { findHadolint } from './programs/hadolint.ts'
import { kubernetesSchemas } from './programs/kubernetes-schemas.ts'
import { findNginx } from './programs/nginx.ts'
import { findNodeFolder } from './programs/node.ts'
import { findPrometheus3 } from './programs/prometheus-3.ts'
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
  alertmanager: () => findGoProgram('alertmanager', env),
  kubeconform: () => findGoProgram('kubeconform', env),
  kustomize: () => findGoProgram('kustomize', env),
  'kubernetes schemas': () => kubernetesSchemas(env),
  'node 22': () => findNodeFolder(22, env),
  'node 24': () => findNodeFolder(24, env),
  'prometheus 3': async () => (await findPrometheus3(env)).prometheus,
}

const all: Readonly<Record<string, () => Promise<string>>> = { ...fast, ...slow }
const args = process.argv.slice(2)
const names = args.filter((arg) => arg !== '--slow')
const unknown = names.filter((name) => !(name in all))
if (unknown.length > 0) {
  console.error(`unknown program: ${unknown.join(', ')}; allowed: ${Object.keys(all).join(', ')}`)
  process.exit(2)
}
const lane = args.includes('--slow') ? all : fast
const wanted = names.length > 0 ? Object.fromEntries(names.map((name) => [name, all[name]!])) : lane
// One after the other: apt and pip take locks. Every failure is reported.
for (const [name, find] of Object.entries(wanted)) {
  try {
    console.log(`${name}: ${await find()}`)
  } catch (error) {
    process.exitCode = 1
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
