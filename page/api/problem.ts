/** A refusal of the API (RFC 9457), or of the network. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly violations: readonly { readonly pointer: string; readonly message: string }[]

  constructor(
    status: number,
    problem: {
      readonly code?: string
      readonly detail?: string
      readonly violations?: ApiProblem['violations']
    },
  ) {
    super(problem.detail ?? `the server answered ${status}`)
    this.status = status
    this.code = problem.code ?? 'unavailable'
    this.violations = problem.violations ?? []
  }
}

/** Reads the problem of an answer; any other body gives the status alone. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as ConstructorParameters<
    typeof ApiProblem
  >[1]
  return new ApiProblem(response.status, body)
}

/** Says to a person why something failed. */
export function explain(error: unknown): string {
  if (error instanceof ApiProblem) return error.message
  const isLate = error instanceof DOMException && error.name === 'TimeoutError'
  if (isLate || error instanceof TypeError) return 'The server does not answer.'
  return error instanceof Error ? error.message : String(error)
}
