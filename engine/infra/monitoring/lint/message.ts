import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { Buffer, isUtf8 } from 'node:buffer'

/** Where and why bytes are not a protobuf exposition. */
export class BytesRefusal extends Error {
  /** From 0. */
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** A part of the bytes of an exposition. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** One field of a message. */
export interface MessageField {
  readonly number: number
  /** Offset of its tag. */
  readonly at: number
  readonly value: bigint | number | ByteRange | undefined
}

const wireNames: Readonly<Partial<Record<WireType, string>>> = {
  [WireType.Varint]: 'a varint',
  [WireType.Bit64]: 'a double',
  [WireType.LengthDelimited]: 'bytes with a length',
}

/** Reads the value of a field. Undefined for a 32-bit value: no field of the format has one. */
function readValue(reader: BinaryReader, wire: WireType, start: number): MessageField['value'] {
  if (wire === WireType.Varint) return BigInt(reader.uint64())
  if (wire === WireType.Bit64) return reader.double()
  if (wire === WireType.LengthDelimited) {
    const length = reader.uint32()
    const from = start + reader.pos
    if (reader.pos + length > reader.len) throw new RangeError('premature EOF')
    reader.pos += length
    return { start: from, end: from + length }
  }
  if (wire !== WireType.Bit32) throw new Error(`wire type ${wire} is not used`)
  reader.skip(wire)
  return undefined
}

/** Reads the fields of one message in their order. Throws BytesRefusal. */
function* messageFields(bytes: Uint8Array, { start, end }: ByteRange): Generator<MessageField> {
  const reader = new BinaryReader(bytes.subarray(start, end))
  while (reader.pos < reader.len) {
    const at = start + reader.pos
    let field: MessageField
    try {
      const [number, wire] = reader.tag()
      field = { number, at, value: readValue(reader, wire, start) }
    } catch (error) {
      const cut = error instanceof RangeError
      const reason = error instanceof Error ? error.message : String(error)
      throw new BytesRefusal(
        at,
        cut ? `a field reaches past the end of its message` : `not a field: ${reason}`,
      )
    }
    yield field
  }
}

function refuseWire({ at, number }: MessageField, wanted: WireType): never {
  throw new BytesRefusal(at, `field ${number} must be ${wireNames[wanted]}`)
}

/** Returns the value of an integer field. */
export function integerOf(field: MessageField): bigint {
  return typeof field.value === 'bigint' ? field.value : refuseWire(field, WireType.Varint)
}

/** Returns the value of a sint32 or sint64 field. */
export function signedOf(field: MessageField): number {
  return unzigzag(integerOf(field))
}

const unzigzag = (encoded: bigint): number => Number((encoded >> 1n) ^ -(encoded & 1n))

/** Returns the value of a double field. */
export function doubleOf(field: MessageField): number {
  return typeof field.value === 'number' ? field.value : refuseWire(field, WireType.Bit64)
}

/** Returns where the message of a field is. */
export function rangeOf(field: MessageField): ByteRange {
  return typeof field.value === 'object' ? field.value : refuseWire(field, WireType.LengthDelimited)
}

/** Returns the text of a string field. */
export function fieldText(bytes: Uint8Array, field: MessageField, what: string): string {
  const { start, end } = rangeOf(field)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  if (!isUtf8(text)) throw new BytesRefusal(start, `${what} must be UTF-8`)
  return text.toString()
}

/** Returns the values of a repeated sint64 field: one by one, or packed in one field. */
export function signedValuesOf(bytes: Uint8Array, field: MessageField): number[] {
  if (typeof field.value !== 'object') return [signedOf(field)]
  const { start, end } = field.value
  const reader = new BinaryReader(bytes.subarray(start, end))
  const values: number[] = []
  while (reader.pos < reader.len) {
    const at = start + reader.pos
    try {
      values.push(unzigzag(BigInt(reader.uint64())))
    } catch {
      throw new BytesRefusal(at, `field ${field.number} has an invalid varint`)
    }
  }
  return values
}

/** Returns the values of a repeated double field: one by one, or packed in one field. */
export function doubleValuesOf(bytes: Uint8Array, field: MessageField): number[] {
  if (typeof field.value !== 'object') return [doubleOf(field)]
  const { start, end } = field.value
  if ((end - start) % 8 !== 0)
    throw new BytesRefusal(start, `field ${field.number} must hold whole doubles`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start)
  return Array.from({ length: view.byteLength / 8 }, (_, index) => view.getFloat64(index * 8, true))
}

/** Reads a message by one function per field number. Other fields are skipped. */
export function readMessage(
  bytes: Uint8Array,
  range: ByteRange,
  readers: Readonly<Record<number, (field: MessageField) => void>>,
): void {
  for (const field of messageFields(bytes, range)) readers[field.number]?.(field)
}
