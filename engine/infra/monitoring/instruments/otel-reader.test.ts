import { Server } from 'node:net'
import { emptyResource } from '@opentelemetry/resources'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openOtelReader } from './otel-reader.ts'

it('Should listen on no port: the endpoint of the service serves what it reads', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen').mockReturnThis()
  onTestFinished(() => listen.mockRestore())
  const nothing = { resourceMetrics: { resource: emptyResource(), scopeMetrics: [] }, errors: [] }
  const { provider } = openOtelReader({ collect: () => Promise.resolve(nothing) }, 10)
  expect(listen).not.toHaveBeenCalled()
  await provider.shutdown()
})
