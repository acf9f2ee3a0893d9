import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { flush } from './flush.ts'

/** A pipe whose reader takes the next piece when `read` is called. */
function slowPipe() {
  const waiting: (() => void)[] = []
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      waiting.push(() => {
        text += chunk.toString()
        done()
      })
    },
  })
  return { stream, read: () => waiting.shift()?.(), text: () => text }
}

describe('flush', () => {
  it('Should wait for a reader that is slow, and for no other', async () => {
    const [slow, quick] = [slowPipe(), slowPipe()]
    slow.stream.write('all of it')
    let isFlushed = false
    const flushed = flush(slow.stream, quick.stream).then(() => (isFlushed = true))
    quick.read()
    await new Promise(setImmediate)
    expect([isFlushed, slow.text()]).toEqual([false, ''])
    slow.read()
    slow.read()
    await flushed
    expect(slow.text()).toBe('all of it')
  })

  it('Should not wait for a reader that is gone', async () => {
    const { stream } = slowPipe()
    stream.on('error', () => undefined)
    stream.destroy()
    await flush(stream)
    expect(stream.destroyed).toBe(true)
  })
})
