import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findGoProgram } from '../../scripts/programs/go-program.ts'
import { kubernetesSchemas } from '../../scripts/programs/kubernetes-schemas.ts'

const run = promisify(execFile)
const folder = resolve(import.meta.dirname, '../../deploy/kubernetes')

interface Verdict {
  readonly resources: readonly {
    readonly kind: string
    readonly name: string
    readonly status: string
    readonly msg: string
  }[]
  readonly summary: {
    readonly valid: number
    readonly invalid: number
    readonly errors: number
    readonly skipped: number
  }
}

describe('manifests of Kubernetes', () => {
  let kustomize: string
  let kubeconform: string
  let schemas: string
  beforeAll(async () => {
    kustomize = await findGoProgram('kustomize', process.env)
    kubeconform = await findGoProgram('kubeconform', process.env)
    schemas = await kubernetesSchemas(process.env)
  }, 600_000)

  const build = async (overlay: string): Promise<string> =>
    (await run(kustomize, ['build', resolve(folder, overlay)])).stdout

  async function check(manifests: string): Promise<Verdict> {
    const args = ['-strict', '-summary', '-verbose', '-output', 'json']
    args.push('-schema-location', `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`)
    args.push(
      '-schema-location',
      `${schemas}/{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json`,
    )
    const checking = run(kubeconform, [...args, '-'])
    checking.child.stdin!.end(manifests)
    const { stdout } = await checking.catch((refused: { stdout: string }) => refused)
    return JSON.parse(stdout) as Verdict
  }

  it.each([
    ['base', 10],
    ['overlays/prometheus-operator', 12],
    ['overlays/autoscaled', 13],
  ])('Should all be valid, and none unknown: %s', async (overlay, resources) => {
    const { summary, resources: checked } = await check(await build(overlay))
    console.log(
      `${overlay}: ${JSON.stringify(summary)} ${checked.map(({ kind, name }) => `${kind}/${name}`).join(' ')}`,
    )
    expect(summary).toEqual({ valid: resources, invalid: 0, errors: 0, skipped: 0 })
  })

  it.each([
    [
      'a misspelled field of Kubernetes',
      'readOnlyRootFilesystem',
      'readonlyRootFilesystem',
      'Deployment',
      'readonlyRootFilesystem',
    ],
    [
      "a misspelled field of the operator's",
      'scrapeTimeout',
      'scrapeTimeOut',
      'PodMonitor',
      'scrapeTimeOut',
    ],
    [
      'a number where a text belongs',
      "threshold: '20'",
      'threshold: 20',
      'ScaledObject',
      'threshold',
    ],
  ])('Should refuse %s', async (_, right, wrong, kind, told) => {
    const manifests = (await build('overlays/autoscaled')).replaceAll(/"(20|false)"/g, "'$1'")
    expect(manifests).toContain(right)
    const { summary, resources } = await check(manifests.replace(right, wrong))
    const refused = resources.filter(({ status }) => status === 'statusInvalid')
    console.log(JSON.stringify(refused))
    expect(summary).toMatchObject({ invalid: 1, errors: 0 })
    expect(refused[0]).toMatchObject({ kind })
    expect(refused[0]!.msg).toContain(told)
  })

  it('Should take the annotations off where monitors scrape, and leave the number of workers to KEDA', async () => {
    expect(await build('base')).toContain('prometheus.io/scrape')
    const scaled = await build('overlays/autoscaled')
    expect(scaled).not.toContain('prometheus.io/scrape')
    expect(scaled.match(/^ {2}replicas: /gm)).toHaveLength(1)
  })
})
