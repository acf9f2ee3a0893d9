import type { FastifyInstance } from 'fastify'
import { receiveUnmetExpectations } from '../../../core/bound-servers.ts'
import { problemType, protocolProblem } from '../problem.ts'

/** Refuses requests with an Expect header other than 100-continue. */
export function addExpectationCheck(app: FastifyInstance): void {
  const whyUnmet = receiveUnmetExpectations(app)
  app.addHook('onRequest', async ({ raw, id }, reply) => {
    const detail = whyUnmet(raw)
    if (detail === undefined) return
    void reply.code(417).type(problemType)
    return reply.send(JSON.stringify(protocolProblem(417, detail, id)))
  })
}
