import { describe, expect, it } from 'vitest'
import { createRegistry } from '../instruments/registry.ts'
import { httpFamilies, methodLabel } from './http.ts'

function setup(seriesLimit?: number) {
  const registry = createRegistry()
  const http = httpFamilies(registry, seriesLimit)
  /** The series of a family, each with its labels and its value. */
  const seriesOf = (name: string) =>
    registry
      .collect()
      .collected.filter(({ family }) => family.name === name)
      .flatMap(({ series }) => series.map(({ labels, slot }) => ({ labels, slot })))
  return { http, seriesOf }
}

const statuses = (count: number) => Array.from({ length: count }, (_, index) => 200 + index)

describe('the families of HTTP', () => {
  it.each([
    [4, 2],
    [5, 2],
    [500, 250],
    [100_000, 250],
  ])('Should expect, with a limit of %i series, at most %i of them', (limit, expected) => {
    const { http, seriesOf } = setup(limit)
    http.expect(http.route('GET', '/a'), statuses(expected - 1))
    expect(seriesOf('compozy_http_requests_total')).toHaveLength(expected - 1)
    http.expect(http.route('GET', '/b'), statuses(300))
    expect(seriesOf('compozy_http_requests_total')).toHaveLength(expected)
    // A real request has its series however many were expected.
    http.route('GET', '/c').ofStatus(200).add(1)
    expect(seriesOf('compozy_http_requests_total')).toHaveLength(expected + 1)
  })

  it('Should give one series to a route, a method and a status', () => {
    const { http, seriesOf } = setup()
    for (const method of ['GET', 'GET', 'BREW', 'PURGE']) {
      http.route(method, '/a').ofStatus(200).add(1)
    }
    http.route('GET', '/a').ofStatus(404).add(1)
    const found = seriesOf('compozy_http_requests_total').map(({ labels, slot }) => [
      labels['method'],
      labels['path'],
      labels['status_code'],
      'value' in slot && slot.value,
    ])
    expect(found).toEqual([
      ['GET', '/a', '200', 2],
      ['OTHER', '/a', '200', 2],
      ['GET', '/a', '404', 1],
    ])
    expect([methodLabel('DELETE'), methodLabel('delete')]).toEqual(['DELETE', 'OTHER'])
  })

  it('Should time a route from its first duration on, not before', () => {
    const { http, seriesOf } = setup()
    const timed = http.route('GET', '/a')
    expect(timed.duration()).toBe(http.route('GET', '/a').duration())
    http.route('GET', '/events').ofStatus(200)
    expect(
      seriesOf('compozy_http_request_duration_seconds').map(({ labels }) => labels['path']),
    ).toEqual(['/a'])
  })

  it('Should count refused connections by their reason, each of which exists at 0', () => {
    const { http, seriesOf } = setup()
    const values = () =>
      seriesOf('compozy_http_client_errors_total').map(({ slot }) => 'value' in slot && slot.value)
    expect(new Set(values())).toEqual(new Set([0]))
    http.clientError('timeout')
    expect(values().filter((value) => value === 1)).toHaveLength(1)
  })

  it('Should tell the age of the oldest request, 0 without one', () => {
    const { seriesOf } = setup()
    const [series] = seriesOf('compozy_http_oldest_request_age_seconds')
    expect(series?.slot).toMatchObject({ value: 0 })
  })
})
