/** The first `count` primes: SHA-256 takes its constants from their roots. */
function primes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++)
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  return found
}

/** The first 32 bits of a number's fraction. */
function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

/** The message with its end bit, zeros, and its length in bits: a whole number of 64-byte blocks. */
function padded(bytes: Uint8Array): DataView {
  const data = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64)
  data.set(bytes)
  data[bytes.length] = 0x80
  const view = new DataView(data.buffer)
  view.setUint32(data.length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(data.length - 4, (bytes.length << 3) >>> 0)
  return view
}

/** SHA-256 (FIPS 180-4) in hexadecimal digits. Own code: the workflow sandbox has none. */
export function sha256(bytes: Uint8Array): string {
  const roots = primes(64)
  const constants = roots.map((prime) => fraction(Math.cbrt(prime)))
  const hash = roots.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
  const view = padded(bytes)
  const words = new Int32Array(64)
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let at = 0; at < 16; at++) words[at] = view.getInt32(block + at * 4)
    for (let at = 16; at < 64; at++) {
      const [a, b] = [words[at - 15]!, words[at - 2]!]
      const small = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
      const large = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
      words[at] = words[at - 16]! + small + words[at - 7]! + large
    }
    compress(hash, words, constants)
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function compress(hash: number[], words: Int32Array, constants: readonly number[]): void {
  let [a, b, c, d, e, f, g, h] = hash as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  for (let at = 0; at < 64; at++) {
    const choice = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const first =
      h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + constants[at]! + words[at]!
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) hash[at] = (hash[at]! + word) | 0
}
