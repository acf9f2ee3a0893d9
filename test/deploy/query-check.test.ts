import { describe, expect, it } from 'vitest'
import { complaints } from '../support/query-check.ts'

describe('the check of queries against the catalogue', () => {
  it.each([
    'sum by (job, path) (rate(compozy_http_requests_total{job="compozy", status_code=~"5.."}[5m]))',
    'histogram_quantile(0.95, sum by (le) (rate(compozy_task_duration_seconds_bucket{task_type="wait"}[5m])))',
    'histogram_quantile(0.95, sum (rate(compozy_task_duration_seconds{task_type="wait"}[5m])))',
    'histogram_fraction(5, +Inf, sum (rate(compozy_task_duration_seconds[5m])))',
    'max by (status) (compozy_temporal_workflow_executions{status!~"running|failed"}) > 0',
    'up{job="compozy"} == 1 unless on (job, instance) compozy_build_info',
    'topk(10, count by (__name__) ({job="compozy", __name__=~"compozy_.+"}))',
    'min by (worker_type) (temporal_worker_task_slots_available)',
    'job:errors:rate > 0.1 and on (job) up',
  ])('Should accept %s', (query) => {
    expect(complaints(query, { 'job:errors:rate': ['job'] })).toEqual([])
  })

  it.each([
    ['compozy_uptime_seconds', 'nothing exports compozy_uptime_seconds'],
    ['job:errors:rate > 0', 'nothing exports job:errors:rate'],
    [
      'compozy_http_request_duration_seconds',
      'nothing exports compozy_http_request_duration_seconds',
    ],
    ['compozy_http_requests_total{route="/"}', 'compozy_http_requests_total has no label route'],
    [
      'sum by (http_route) (compozy_http_requests_total)',
      'groups by http_route, which none of compozy_http_requests_total has',
    ],
    ['compozy_build_info * on (pod) up', 'groups by pod, which none of compozy_build_info, up has'],
    [
      'compozy_temporal_workflow_executions{status="cancelled"}',
      'compozy_temporal_workflow_executions never has status="cancelled"',
    ],
    [
      'compozy_tool_calls_total{outcome=~"crash|deny"}',
      'compozy_tool_calls_total never has outcome=~"crash|deny"',
    ],
    [
      'rate(compozy_temporal_workers_running_total[5m])',
      'rate of compozy_temporal_workers_running_total, which may fall',
    ],
    [
      'delta(compozy_http_requests_total[5m])',
      'delta of compozy_http_requests_total, which only rises',
    ],
    [
      'histogram_quantile(0.9, sum by (path) (rate(compozy_http_request_duration_seconds_bucket[5m])))',
      'a quantile of compozy_http_request_duration_seconds_bucket without le',
    ],
  ])('Should refuse %s', (query, complaint) => {
    expect(complaints(query)).toEqual([complaint])
  })

  it('Should refuse what is not PromQL, with the place', () => {
    expect(() => complaints('sum(rate(up[5m])')).toThrow(/not PromQL at 1\d/)
  })
})
