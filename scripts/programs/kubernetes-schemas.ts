import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { defined } from '../../engine/core/defined.ts'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { extractFromZip } from '../../engine/infra/temporal/binary/zip.ts'
import type { Env } from './on-path.ts'

const run = promisify(execFile)

/** The Python wheel that carries Kubernetes' JSON schemas. */
const wheel = {
  requirement: 'kubernetes-validate==1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
  folder: 'kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict',
} as const

/** The kinds that our manifests use, under the wheel's file names. */
const kinds = [
  'configmap-v1',
  'deployment-apps-v1',
  'ingress-networking-v1',
  'networkpolicy-networking-v1',
  'poddisruptionbudget-policy-v1',
  'service-v1',
  'serviceaccount-v1',
] as const

/** Go modules that carry the operators' custom resource definitions; Go verifies their hashes. */
const operators = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
    kinds: ['PodMonitor', 'PrometheusRule'],
  },
  {
    module: 'github.com/kedacore/keda/v2@v2.17.2',
    folder: 'config/crd/bases',
    kinds: ['ScaledObject'],
  },
] as const

type Schema = Record<string, unknown>

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Applies `change` to every object of a schema, innermost first. */
function mapSchema(value: unknown, change: (schema: Schema) => Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapSchema(item, change))
  if (!isSchema(value)) return value
  return change(
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapSchema(item, change)])),
  )
}

/** Makes the wheel's absolute references local to one file. */
const local = (value: unknown): Schema =>
  mapSchema(value, ({ $schema: _, $id: __, ...schema }) =>
    typeof schema['$ref'] === 'string'
      ? { ...schema, $ref: `#/$defs/${schema['$ref'].split('/$defs/')[1]}` }
      : schema,
  ) as Schema

function referencesOf(value: unknown, definitions: Schema, found = new Set<string>()): Set<string> {
  mapSchema(value, (schema) => {
    const name =
      typeof schema['$ref'] === 'string' ? schema['$ref'].split('/$defs/')[1]! : undefined
    if (name !== undefined && !found.has(name)) {
      found.add(name)
      referencesOf(definitions[name], definitions, found)
    }
    return schema
  })
  return found
}

async function coreSchemas(work: string): Promise<Readonly<Record<string, Schema>>> {
  await writeFile(
    join(work, 'requirements.txt'),
    `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`,
  )
  const flags = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--dest', work]
  await run('python3', ['-m', 'pip', 'download', ...flags, '-r', join(work, 'requirements.txt')])
  const name = (await readdir(work)).find((file) => file.endsWith('.whl'))!
  const archive = await readFile(join(work, name))
  const read = (file: string): Schema =>
    JSON.parse(
      extractFromZip(archive, (entry) => entry === `${wheel.folder}/${file}.json`).toString(),
    ) as Schema
  const definitions = read('_definitions')['$defs'] as Schema
  return Object.fromEntries(
    kinds.map((kind) => {
      const schema = read(kind)
      const used = [...referencesOf(schema, definitions)].toSorted()
      const $defs = Object.fromEntries(used.map((each) => [each, local(definitions[each])]))
      return [`${kind}.json`, { ...local(schema), $defs }]
    }),
  )
}

/** Refuses unknown fields: Kubernetes would drop them silently. */
const strict = (schema: Schema): Schema =>
  defined({
    ...schema,
    anyOf:
      schema['x-kubernetes-int-or-string'] === true &&
      schema['type'] === undefined &&
      schema['anyOf'] === undefined
        ? [{ type: 'integer' }, { type: 'string' }]
        : schema['anyOf'],
    additionalProperties:
      schema['type'] === 'object' &&
      isSchema(schema['properties']) &&
      schema['additionalProperties'] === undefined &&
      schema['x-kubernetes-preserve-unknown-fields'] === undefined
        ? false
        : schema['additionalProperties'],
  })

interface Definition {
  readonly kind: string
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

async function operatorSchemas(): Promise<Readonly<Record<string, Schema>>> {
  const schemas: Record<string, Schema> = {}
  for (const { module, folder, kinds } of operators) {
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir() })
    const source = join((JSON.parse(stdout) as { Dir: string }).Dir, folder)
    for (const file of await readdir(source)) {
      const { kind, spec } = parse(await readFile(join(source, file), 'utf8')) as Definition
      if (
        kind !== 'CustomResourceDefinition' ||
        !(kinds as readonly string[]).includes(spec.names.kind)
      )
        continue
      for (const { name, schema } of spec.versions) {
        const whole = mapSchema(schema.openAPIV3Schema, strict) as { properties: Schema }
        const properties = { ...whole.properties, metadata: { type: 'object' } }
        schemas[`${spec.names.kind.toLowerCase()}_${spec.group}_${name}.json`] = {
          ...whole,
          properties,
        }
      }
    }
  }
  return schemas
}

/**
 * Returns a folder of strict JSON schemas for kubeconform: Kubernetes' own from a Python wheel, the
 * operators' from their Go modules. Writes it once into the user's cache. Needs python3 with pip,
 * and Go. Throws the failed command's error.
 */
export async function kubernetesSchemas(env: Env): Promise<string> {
  const target = join(userCacheDir(env), 'kubernetes-schemas-1.37.0')
  if (
    await readdir(target).then(
      () => true,
      () => false,
    )
  )
    return target
  const work = await mkdtemp(join(tmpdir(), 'compozy-schemas-'))
  try {
    const made = `${target}.${process.pid}`
    await mkdir(made, { recursive: true })
    for (const [name, schema] of Object.entries({
      ...(await coreSchemas(work)),
      ...(await operatorSchemas()),
    }))
      await writeFile(join(made, name), JSON.stringify(schema))
    await rename(made, target).catch(() => rm(made, { recursive: true }))
    return target
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
