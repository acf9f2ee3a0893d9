import { describe, expect, it } from 'vitest'
import { parseEvent } from './event-stream.ts'

describe('a server-sent event', () => {
  it('Should have its name and its data, of several lines too', () => {
    expect(parseEvent('event: task\ndata: {"a":1}')).toEqual({ event: 'task', data: '{"a":1}' })
    expect(parseEvent('data: a\ndata: b')).toEqual({ event: 'message', data: 'a\nb' })
  })

  it('Should have the id to go on after, if the server gives one', () => {
    expect(parseEvent('id: a.1\nevent: log\ndata: {}')).toEqual({
      id: 'a.1',
      event: 'log',
      data: '{}',
    })
  })

  it('Should be none for a comment', () => expect(parseEvent(': still running')).toBeUndefined())
})
