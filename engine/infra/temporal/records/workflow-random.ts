import { alea } from '@temporalio/workflow/lib/alea.js'
import { uuid4FromRandom } from '@temporalio/workflow/lib/random-helpers.js'

/**
 * Returns the UUIDs that a workflow draws, in order. Temporal's SDK seeds its generator with a hash
 * of a run id: the history has the id, so a reader draws the same ones.
 */
export function createUuids(runId: string): () => string {
  const random = alea(seedOf(runId))
  return () => uuid4FromRandom(random)
}

/** `str_to_randomness_seed` of the SDK's core: the bytes that Rust hashes of a text, big-endian. */
function seedOf(runId: string): number[] {
  const hash = sipHash13(Buffer.from([...Buffer.from(runId, 'utf8'), 0xff]))
  const seed = Buffer.alloc(8)
  seed.writeBigUInt64BE(hash)
  return [...seed]
}

const wordMask = 0xffff_ffff_ffff_ffffn

function rotate(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & wordMask
}

/** SipHash-1-3 with a key of zeros: one round for each word, three at the end. */
function sipHash13(bytes: Buffer): bigint {
  let v0 = 0x736f6d6570736575n
  let v1 = 0x646f72616e646f6dn
  let v2 = 0x6c7967656e657261n
  let v3 = 0x7465646279746573n

  const round = (): void => {
    v0 = (v0 + v1) & wordMask
    v1 = rotate(v1, 13n) ^ v0
    v0 = rotate(v0, 32n)
    v2 = (v2 + v3) & wordMask
    v3 = rotate(v3, 16n) ^ v2
    v0 = (v0 + v3) & wordMask
    v3 = rotate(v3, 21n) ^ v0
    v2 = (v2 + v1) & wordMask
    v1 = rotate(v1, 17n) ^ v2
    v2 = rotate(v2, 32n)
  }

  /** The last word holds the rest of the bytes, and in its highest byte how many there are. */
  const padded = Buffer.alloc(8 * (Math.floor(bytes.length / 8) + 1))
  bytes.copy(padded)
  padded[padded.length - 1] = bytes.length & 0xff
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at)
    v3 ^= word
    round()
    v0 ^= word
  }
  v2 ^= 0xffn
  round()
  round()
  round()
  return v0 ^ v1 ^ v2 ^ v3
}
