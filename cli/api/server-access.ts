import { resolve } from 'node:path'
import { CompozyError } from '../../engine/core/errors.ts'
import type { CommandContext, Invocation } from '../command.ts'
import { findRunningDev } from '../dev/running-dev.ts'
import type { Flags } from '../flags.ts'
import { readToken } from '../run-options.ts'
import { createApiClient, type ApiClient } from './api-client.ts'

/** The engine that is meant when none is named or found. */
export const defaultServer = 'http://127.0.0.1:8080'

/** Flags of the commands that talk to a running engine. */
export const serverFlags: Flags = {
  server: {
    value: 'URL',
    doc: `URL of the engine (default: the running dev of this folder, else ${defaultServer}) [COMPOZY_SERVER]`,
  },
  'token-file': {
    value: 'FILE',
    doc: 'File with the API token of that engine [COMPOZY_TOKEN_FILE]',
  },
}

function checked(name: string, server: string): string {
  if (URL.canParse(server) && /^https?:\/\//i.test(server)) return server
  const message = `${name} "${server}"; it must be a URL such as ${defaultServer}`
  throw new CompozyError('usage_invalid', message)
}

/** Returns the engine that `--server`, `COMPOZY_SERVER` or the folder's running `dev` names. */
export function findServer({ flags, env, cwd }: Invocation): string | undefined {
  const { server } = flags.values
  if (server !== undefined) return checked('--server', server)
  const variable = env['COMPOZY_SERVER']
  if (variable) return checked('COMPOZY_SERVER', variable)
  return findRunningDev(resolve(cwd, flags.values['cwd'] ?? '.'))
}

/** Creates a client of the engine that the command line names, or of the default one. */
export function openApi(context: Invocation & Pick<CommandContext, 'signal'>): ApiClient {
  const options = { ...readToken(context), signal: context.signal }
  return createApiClient(findServer(context) ?? defaultServer, options)
}
