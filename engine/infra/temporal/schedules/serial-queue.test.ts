import { describe, expect, it } from 'vitest'
import { createSerialQueue } from './serial-queue.ts'

/** Work that ends when the test says so. */
function createWork(seen: string[], name: string) {
  let [end, fail] = [(): void => undefined, (): void => undefined]
  const ended = new Promise<string>((resolve, reject) => {
    end = () => resolve(name)
    fail = () => reject(new Error(name))
  })
  const work = (): Promise<string> => {
    seen.push(name)
    return ended
  }
  return { work, end, fail }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('createSerialQueue', () => {
  it('Should begin work of one key when the one before has ended, and give what it gives', async () => {
    const seen: string[] = []
    const inTurn = createSerialQueue()
    const [first, second] = [createWork(seen, 'first'), createWork(seen, 'second')]
    const given = Promise.all([inTurn('a', first.work), inTurn('a', second.work)])
    await turn()
    expect(seen).toEqual(['first'])
    first.end()
    await turn()
    expect(seen).toEqual(['first', 'second'])
    second.end()
    expect(await given).toEqual(['first', 'second'])
  })

  it('Should not let work of another key wait', async () => {
    const seen: string[] = []
    const inTurn = createSerialQueue()
    void inTurn('a', createWork(seen, 'first').work)
    void inTurn('b', createWork(seen, 'other').work)
    await turn()
    expect(seen).toEqual(['first', 'other'])
  })

  it('Should begin the next work where one fails, and tell only the caller of that one', async () => {
    const seen: string[] = []
    const inTurn = createSerialQueue()
    const [first, second] = [createWork(seen, 'first'), createWork(seen, 'second')]
    const failed = inTurn('a', first.work)
    const next = inTurn('a', second.work)
    first.fail()
    second.end()
    await expect(failed).rejects.toThrow('first')
    expect(await next).toBe('second')
  })

  it('Should begin at once where all has ended', async () => {
    const seen: string[] = []
    const inTurn = createSerialQueue()
    for (const name of ['first', 'second']) {
      const { work, end } = createWork(seen, name)
      end()
      expect(await inTurn('a', work)).toBe(name)
    }
    expect(seen).toEqual(['first', 'second'])
  })
})
