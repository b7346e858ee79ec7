/** A name server on loopback that answers SRV, TXT and MX (RFC 1035, RFC 2782) from a table, and knows nothing else. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface DnsTable {
  readonly srv?: Readonly<
    Record<
      string,
      readonly { readonly priority: number; readonly weight: number; readonly port: number; readonly name: string }[]
    >
  >
  readonly txt?: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly mx?: Readonly<Record<string, readonly { readonly priority: number; readonly exchange: string }[]>>
}

export interface DnsServer {
  /** As `Resolver.setServers` wants it. */
  readonly address: string
  stop(): Promise<void>
}

export async function startDns(table: DnsTable): Promise<DnsServer> {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => socket.send(answerTo(query, table), from.port, from.address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    stop: () => new Promise((resolve) => socket.close(resolve)),
  }
}

const types = { mx: 15, txt: 16, srv: 33 } as const

function answerTo(query: Buffer, table: DnsTable): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const name = labels.join('.').toLowerCase()
  const type = query.readUInt16BE(at + 1)
  const records = recordsOf(table, name, type)
  const header = Buffer.from(query.subarray(0, 12))
  // A response with recursion; NXDOMAIN where there is nothing. One question, no other records than the answers.
  header.writeUInt16BE(records.length > 0 ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(records.length, 6)
  header.writeUInt32BE(0, 8)
  const question = query.subarray(12, at + 5)
  return Buffer.concat([header, question, ...records.map((data) => record(type, data))])
}

function recordsOf({ srv, txt, mx }: DnsTable, name: string, type: number): Buffer[] {
  if (type === types.srv)
    return (srv?.[name] ?? []).map((one) => Buffer.concat([numbers(one.priority, one.weight, one.port), domain(one.name)]))
  if (type === types.mx) return (mx?.[name] ?? []).map((one) => Buffer.concat([numbers(one.priority), domain(one.exchange)]))
  return type === types.txt ? (txt?.[name] ?? []).map((parts) => Buffer.concat(parts.map(label))) : []
}

/** For the name that was asked for, for a minute. */
function record(type: number, data: Buffer): Buffer {
  return Buffer.concat([numbers(0xc00c, type, 1, 0, 60, data.length), data])
}

function numbers(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 * values.length)
  for (const [n, value] of values.entries()) octets.writeUInt16BE(value, 2 * n)
  return octets
}

function domain(name: string): Buffer {
  return Buffer.concat([...name.split('.').filter(Boolean).map(label), Buffer.of(0)])
}

function label(text: string): Buffer {
  return Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)])
}
