/** Field numbers of `io.prometheus.client`, from metrics.proto of client_model 0.6.3. */
export const fields = {
  family: { name: 1, help: 2, type: 3, metric: 4, unit: 5 },
  metric: { label: 1, gauge: 2, counter: 3, summary: 4, untyped: 5, timestamp: 6, histogram: 7 },
  label: { name: 1, value: 2 },
  value: { value: 1, exemplar: 2, created: 3 },
  summary: { count: 1, sum: 2, quantile: 3, created: 4 },
  quantile: { quantile: 1, value: 2 },
  histogram: {
    count: 1,
    sum: 2,
    bucket: 3,
    floatCount: 4,
    schema: 5,
    zeroThreshold: 6,
    zeroCount: 7,
    floatZeroCount: 8,
    negativeSpan: 9,
    negativeDelta: 10,
    negativeCount: 11,
    positiveSpan: 12,
    positiveDelta: 13,
    positiveCount: 14,
    created: 15,
    exemplar: 16,
  },
  bucket: { count: 1, upperBound: 2, exemplar: 3, floatCount: 4 },
  span: { offset: 1, length: 2 },
  exemplar: { label: 1, value: 2, timestamp: 3 },
  timestamp: { seconds: 1, nanos: 2 },
} as const

/** Numbers of the types of families. */
export const types = {
  counter: 0,
  gauge: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  gaugehistogram: 5,
} as const
