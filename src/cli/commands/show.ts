import type { ListedItem } from '../../api/contract.ts'
import { AppError } from '../../core/errors.ts'
import { exitCodes } from '../../core/messages.ts'
import { formatBytes } from '../format.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Output } from '../terminal.ts'
import { vaultPath } from '../vault-path.ts'

export interface ShowOptions {
  readonly vault: string
  readonly raw?: boolean
  readonly json?: boolean
}

export async function show({ terminal, loadApp }: Session, message: string, options: ShowOptions): Promise<number> {
  if (options.raw && terminal.stdout.isTerminal) {
    throw new AppError('usage', 'The original bytes are not for a terminal: what stands in them could take control of it.', {
      advice: 'Send them to a file or another program: lifeboat show … --raw > message.eml',
    })
  }
  const app = await loadApp()
  const { item, bytes } = await app.show(vaultPath(options.vault), message)
  if (options.raw) await writeRaw(bytes, terminal.stdout)
  else if (options.json) await terminal.stdout.write(`${printableJson(item)}\n`)
  else await writeReadable(item, bytes, terminal.stdout)
  return exitCodes.ok
}

async function writeRaw(bytes: AsyncIterable<Uint8Array>, stdout: Output): Promise<void> {
  for await (const part of bytes) {
    if (!(await stdout.write(part))) return
  }
}

async function writeReadable(item: ListedItem, bytes: AsyncIterable<Uint8Array>, stdout: Output): Promise<void> {
  const { messageText, readableLimit, sourceText } = await import('../message-text.ts')
  if (item.service !== 'mail') {
    await stdout.write(await readableText(item, bytes, sourceText))
    return
  }
  if (item.size <= readableLimit) {
    await stdout.write(`${await messageText(await readUpTo(bytes, item.size))}\n`)
    return
  }
  const beginning = await readUpTo(bytes, 64 * 1024)
  await stdout.write(`${sourceText(beginning)}\n… (${formatBytes(item.size)} in all; --raw has the rest)\n`)
}

/** The item itself where it is text, else what it is. */
async function readableText(
  item: ListedItem,
  bytes: AsyncIterable<Uint8Array>,
  sourceText: (bytes: Uint8Array) => string,
): Promise<string> {
  const beginning = await readUpTo(bytes, 64 * 1024)
  const title = `${printable(item.subject)}\n`
  if (beginning.includes(0)) return `${title}${formatBytes(item.size)}, no text: --raw > file gives it\n`
  const rest = item.size > beginning.length ? `\n… (${formatBytes(item.size)} in all; --raw has the rest)` : ''
  return `${title}\n${sourceText(beginning)}${rest}\n`
}

async function readUpTo(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of bytes) {
    parts.push(part)
    length += part.byteLength
    if (length >= limit) break
  }
  return Buffer.concat(parts).subarray(0, limit)
}
