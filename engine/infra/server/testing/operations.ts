import type { FastifyInstance } from 'fastify'

/** A parameter of an operation, as the OpenAPI document describes it. */
export interface DescribedParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: {
    readonly type?: string
    readonly format?: string
    readonly minLength?: number
    readonly maxLength?: number
    readonly pattern?: string
    readonly enum?: readonly unknown[]
    readonly minimum?: number
  }
}

/** An operation, as the OpenAPI document describes it. */
export interface DescribedOperation {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly parameters: readonly DescribedParameter[]
  readonly hasBody: boolean
  /** Properties of the body and their types; none where the whole body may be any value. */
  readonly properties: Readonly<Record<string, { readonly type?: string }>>
}

interface DescribedBody {
  readonly content: {
    readonly 'application/json': {
      readonly schema: Partial<Pick<DescribedOperation, 'properties'>>
    }
  }
}

/** Lists the operations of a server's OpenAPI document. */
export async function describedOperations(
  app: FastifyInstance,
): Promise<readonly DescribedOperation[]> {
  const document = (await app.inject('/openapi.json')).json<{
    paths: Record<
      string,
      Record<string, { parameters?: DescribedParameter[]; requestBody?: DescribedBody }>
    >
  }>()
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase() as DescribedOperation['method'],
      path,
      parameters,
      hasBody: requestBody !== undefined,
      properties: requestBody?.content['application/json'].schema.properties ?? {},
    })),
  )
}

/** Fills a path with valid ids, where the test is not about them. */
export const fillPath = (path: string): string =>
  path.replace('{workflow_id}', 'parcel').replace('{exec_id}', 'parcel-1').replace('{name}', 'go')

/** The parts of a problem that say what is wrong with a request. */
export interface DescribedRefusal {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly violations?: readonly { readonly pointer: string; readonly message: string }[]
}
