import { describe, expect, it } from 'vitest'
import { serve } from '../testing/client.ts'
import { loadTestProject } from '../testing/server.ts'

describe('tools', () => {
  it('Should be listed, also when the project has none', async () => {
    const project = await loadTestProject()
    const tool = {
      key: 'parcel/weigh',
      id: 'weigh',
      file: '/srv/weigh.ts',
      execute: './weigh.ts',
      sha256: '',
      env: {},
      secrets: ['SCALE_KEY'],
      checkInput: () => [],
      checkOutput: () => [],
    }
    const withTool = { ...project, tools: new Map([[tool.key, tool]]) }
    const { call } = await serve({ api: { project: () => withTool } })
    expect((await call('GET', '/tools')).body).toEqual({
      items: [
        {
          key: 'parcel/weigh',
          id: 'weigh',
          description: null,
          execute: './weigh.ts',
          input_schema: null,
          output_schema: null,
        },
      ],
      next_cursor: null,
    })
    expect((await (await serve()).call('GET', '/tools')).body).toEqual({
      items: [],
      next_cursor: null,
    })
  })
})
