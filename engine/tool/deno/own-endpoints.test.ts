import { describe, expect, it } from 'vitest'
import { endpointsToDeny } from './own-endpoints.ts'

const api = { host: '10.1.2.3', port: 8080 }

describe('the endpoints of the engine', () => {
  it('Should be closed under every name and address of this machine', () => {
    const denied = endpointsToDeny([api], new Set())
    const names = ['127.0.0.0/8', '*.localhost', 'localhost', '[::1]', '0.0.0.0', '10.1.2.3']
    expect(denied).toEqual(expect.arrayContaining(names.map((name) => `${name}:8080`)))
    expect(denied.filter((name) => !name.endsWith(':8080'))).toEqual([])
  })

  it.each([
    '10.1.2.3:8080',
    '127.0.0.1:8080',
    'localhost:8080',
    '127.0.0.2:8080',
    'a.localhost:8080',
  ])('Should be open where the project names %s', (named) => {
    expect(endpointsToDeny([api], new Set([named]))).toEqual([])
  })

  it.each([
    '127.0.0.1:80',
    '127.0.0.1',
    '127.example.com:8080',
    'example.com:8080',
    '10.9.9.9:8080',
  ])('Should stay closed where it names %s', (named) => {
    expect(endpointsToDeny([api], new Set([named])).length).toBeGreaterThan(5)
  })
})
