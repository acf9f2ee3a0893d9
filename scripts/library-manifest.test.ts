import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { libraryManifest, type Manifest } from './library-manifest.ts'

const path = resolve(import.meta.dirname, '../package.json')
const compozy = JSON.parse(readFileSync(path, 'utf8')) as Manifest

describe('package.json of the library', () => {
  it('Should depend on what is imported, and leave server and Temporal to the application', () => {
    const imported = ['@bufbuild/protobuf', '@opentelemetry/api', '@temporalio/workflow', 'fastify']
    const manifest = libraryManifest(compozy, imported)
    expect(manifest).toMatchObject({ name: '@compozy/monitoring', version: compozy.version })
    expect(Object.keys(manifest['dependencies']!)).toEqual([
      '@bufbuild/protobuf',
      '@opentelemetry/api',
      'light-my-request',
    ])
    expect(manifest['peerDependencies']).toEqual({
      '@temporalio/worker': `^${compozy.dependencies['@temporalio/worker']}`,
      '@temporalio/workflow': `^${compozy.dependencies['@temporalio/workflow']}`,
      fastify: '^5.0.0',
    })
    expect(manifest['peerDependenciesMeta']).toEqual({
      '@temporalio/worker': { optional: true },
      '@temporalio/workflow': { optional: true },
    })
  })

  it('Should export the same files as compozy does', () => {
    expect(Object.values(libraryManifest(compozy, [])['exports']!)).toEqual([
      compozy.exports['./monitoring'],
      compozy.exports['./monitoring/workflow-interceptors'],
      './package.json',
    ])
  })

  it('Should refuse an import that compozy does not depend on', () => {
    expect(() => libraryManifest(compozy, ['left-pad'])).toThrow(
      'the library imports left-pad, which is no dependency',
    )
  })
})
