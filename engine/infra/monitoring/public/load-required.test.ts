import { describe, expect, it } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { loadRequired } from './load-required.ts'

const missing = "Cannot find package '@opentelemetry/api' imported from /app/service.js"

/** What `loadRequired` throws when the import throws this. */
async function thrownFor(cause: unknown): Promise<unknown> {
  return await loadRequired(() => Promise.reject(cause)).then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  )
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

describe('loadRequired', () => {
  it('Should return what was loaded', async () => {
    expect(await loadRequired(async () => 'loaded')).toBe('loaded')
  })

  it('Should name the package that is not installed, and keep the cause', async () => {
    const cause = withCode(missing, 'ERR_MODULE_NOT_FOUND')
    const thrown = await thrownFor(cause)
    expect(thrown).toBeInstanceOf(CompozyError)
    expect(thrown).toMatchObject({
      code: 'package_missing',
      message:
        'monitoring needs the package @opentelemetry/api, which is not installed; npm install @opentelemetry/api',
      cause,
    })
  })

  it.each([
    ['a file that is missing', withCode("Cannot find module './a.js'", 'ERR_MODULE_NOT_FOUND')],
    ['an error with another code', withCode(missing, 'ERR_PACKAGE_PATH_NOT_EXPORTED')],
    ['an error without a code', new Error(missing)],
    ['what is no error', { code: 'ERR_MODULE_NOT_FOUND', message: missing }],
    ['nothing', undefined],
  ])('Should pass on %s unchanged', async (_, cause) => {
    expect(await thrownFor(cause)).toBe(cause)
  })
})
