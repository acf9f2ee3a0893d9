import { describe, expect, it } from 'vitest'
import { createUuids } from './workflow-random.ts'

describe('the UUIDs of a workflow', () => {
  // What runs on Temporal drew, by their original run ids.
  it.each([
    [
      '01a22194-fb97-7de5-9e3d-38e9c6d53365',
      [
        'cf49fdb9-2b59-4eb9-bd58-6251b6c6b129',
        '4e4869ce-75c8-452f-8862-69cb64684438',
        '32c10150-aa16-4a79-bd9b-f1a02ba740c6',
      ],
    ],
    [
      '0065b1cd-d6b8-4e3a-9a57-2b5a3c5fd8f5',
      [
        'c6e39bb4-9ae5-4ebc-b9c2-00bd5b06ba48',
        '1b58dd1c-c4d1-4989-8535-9017b6d9b933',
        'af69b17d-d47c-4a4f-afab-5af6a4978ef0',
      ],
    ],
  ])('Should be those that the run %s drew, in order', (runId, drawn) => {
    const draw = createUuids(runId)
    expect(drawn.map(() => draw())).toEqual(drawn)
  })

  it('Should be the same for the same run, and others for another one', () => {
    const one = createUuids('0065b1cd-d6b8-4e3a-9a57-2b5a3c5fd8f5')
    const same = createUuids('0065b1cd-d6b8-4e3a-9a57-2b5a3c5fd8f5')
    const other = createUuids('0065b1cd-d6b8-4e3a-9a57-2b5a3c5fd8f6')
    const [first, second] = [one(), one()]
    expect([same(), same()]).toEqual([first, second])
    expect(first).not.toBe(second)
    expect([first, second]).not.toContain(other())
  })

  // The seed is a hash of words of eight bytes and a rest.
  it.each(['', '1234567', '12345678', 'ä'])('Should be UUIDs for the id "%s" too', (runId) => {
    expect(createUuids(runId)()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})
