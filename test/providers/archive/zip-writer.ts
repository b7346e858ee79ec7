/** Writes zips, also such as nobody should: the names, sizes and flags are put in as they are given. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipMember {
  readonly name: string
  readonly data: Uint8Array | string
  /** 8 deflates; any other method stores the data under that number. */
  readonly method?: number
  readonly encrypted?: boolean
  /** Its octets as the zip has them, without saying that they are UTF-8. */
  readonly rawName?: Buffer
  readonly claimedSize?: number
  readonly claimedCrc?: number
  /** Uses the data of the member with this index again. */
  readonly sameDataAs?: number
}

export function zip(members: readonly ZipMember[]): Buffer {
  const parts: Buffer[] = []
  const central: Buffer[] = []
  const offsets: number[] = []
  let position = 0
  for (const member of members) {
    const data = Buffer.from(member.data as string)
    const method = member.method ?? 8
    const packed = method === 8 ? deflateRawSync(data) : data
    const fields = fixedFields(member, method, data, packed.length)
    const name = member.rawName ?? Buffer.from(member.name)
    const shared = member.sameDataAs === undefined ? undefined : offsets[member.sameDataAs]
    offsets.push(shared ?? position)
    const directoryTail = Buffer.alloc(14)
    directoryTail.writeUInt32LE(shared ?? position, 10)
    central.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, directoryTail, name)
    if (shared !== undefined) continue
    const local = [Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]
    parts.push(...local)
    position += local.reduce((sum, part) => sum + part.length, 0)
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(position, 16)
  return Buffer.concat([...parts, directory, end])
}

/** From "version needed" to the length of the extra field, which is the same in both headers. */
function fixedFields(member: ZipMember, method: number, data: Buffer, packedLength: number): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE((member.rawName === undefined ? 0x800 : 0) | (member.encrypted === true ? 1 : 0), 2)
  fields.writeUInt16LE(method, 4)
  fields.writeUInt16LE(0x5821, 8)
  fields.writeUInt32LE(member.claimedCrc ?? crc32(data), 10)
  fields.writeUInt32LE(packedLength, 14)
  fields.writeUInt32LE(member.claimedSize ?? data.length, 18)
  fields.writeUInt16LE(member.rawName?.length ?? Buffer.byteLength(member.name), 22)
  return fields
}
