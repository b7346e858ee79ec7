import type { App, ListedItem, ListRequest } from '../../api/contract.ts'
import type { Service } from '../../core/account.ts'
import { exitCodes } from '../../core/messages.ts'
import {
  type Column,
  countOf,
  formatBytes,
  formatCount,
  formatDate,
  formatPath,
  pad,
  serviceWords,
  shorten,
  table,
} from '../format.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Output } from '../terminal.ts'
import { vaultPath } from '../vault-path.ts'

export interface ListOptions {
  readonly vault: string
  readonly account?: string
  readonly folder?: string
  readonly removed?: boolean
  readonly at?: string
  readonly json?: boolean
}

export async function list({ terminal, loadApp }: Session, options: ListOptions): Promise<number> {
  const app = await loadApp()
  const request: ListRequest = {
    vault: vaultPath(options.vault),
    ...(options.account === undefined ? {} : { account: options.account }),
    ...(options.folder === undefined ? {} : { collection: options.folder }),
    ...(options.removed ? { includeRemoved: true } : {}),
    ...(options.at === undefined ? {} : { at: options.at }),
  }
  if (options.folder === undefined) await listCollections(app, request, options.json === true, terminal.stdout)
  else if (options.json) await listItemsAsJson(app, request, terminal.stdout)
  else await listItems(app, request, terminal.stdout)
  return exitCodes.ok
}

async function listCollections(app: App, request: ListRequest, json: boolean, stdout: Output): Promise<void> {
  const vault = await app.list(request)
  if (json) {
    await stdout.write(`${printableJson(vault)}\n`)
    return
  }
  const services = vault.accounts.flatMap(({ collections }) => collections.map(({ service }) => service))
  const columns = columnsFor(services)
  const isMail = services.every((service) => service === 'mail')
  const lines = vault.accounts.flatMap(({ account, lastRun, run, collections }) => {
    const rows = collections.map((collection) => [
      formatPath(collection.path),
      ...(isMail ? [] : [serviceWords[collection.service]]),
      formatCount(collection.items),
      formatCount(collection.removedItems),
      formatCount(collection.pending),
      formatBytes(collection.bytes),
      printable(collection.folder),
    ])
    const state = request.at === undefined ? `last backed up ${lastRun === null ? 'never' : formatDate(lastRun)}` : asOf(run)
    const title = `Account ${printable(account)}, ${state}`
    return [title, ...(rows.length === 0 ? [] : table(columns, rows)).map((line) => `  ${line}`), '']
  })
  if (lines.length === 0) lines.push('The vault is empty.')
  await stdout.write(`${lines.join('\n')}\n`)
}

function asOf(run: string | null): string {
  return run === null ? 'of which nothing had been saved by then' : `as it was in the backup ${run}`
}

function columnsFor(services: readonly Service[]): Column[] {
  const isMail = services.every((service) => service === 'mail')
  return [
    { title: 'Folder', limit: 40 },
    ...(isMail ? [] : [{ title: 'Kind' }]),
    { title: isMail ? 'Messages' : 'Items', align: 'right' },
    { title: 'Removed', align: 'right' },
    { title: 'Pending', align: 'right' },
    { title: 'Size', align: 'right' },
    { title: 'Where', limit: 200 },
  ]
}

/** Row by row, so that a folder of any size needs no memory. The id comes last and whole: it is what `show` takes. */
async function listItems(app: App, request: ListRequest, stdout: Output): Promise<void> {
  let count = 0
  const services = new Set<Service>()
  for await (const item of app.listItems(request)) {
    if (!services.has(item.service)) await stdout.write(`${headings[item.service]}\n`)
    services.add(item.service)
    count++
    if (!(await stdout.write(`${itemRow(item)}\n`))) return
  }
  await stdout.write(`${countOf(services, count)}\n`)
}

const headings: Readonly<Record<Service, string>> = {
  mail: mailRow('Date', 'From', 'Subject', 'Size', 'Message'),
  contacts: namedRow('Saved', 'Name', 'Size', 'Contact'),
  calendar: namedRow('Start', 'Summary', 'Size', 'Event'),
  files: namedRow('Modified', 'Name', 'Size', 'File'),
}

function itemRow(item: ListedItem): string {
  const title = `${item.removed ? '(removed) ' : ''}${printable(item.subject)}`
  const end = [formatBytes(item.size), printable(item.id)] as const
  if (item.service === 'mail') return mailRow(formatDate(item.date), printable(item.from), title, ...end)
  const start = printable(item.start ?? '').replace('T', ' ')
  return namedRow(item.service === 'calendar' ? start : formatDate(item.date), title, ...end)
}

function mailRow(date: string, from: string, subject: string, size: string, id: string): string {
  return [column(date, 16), column(from, 24), column(subject, 44), pad(size, 9, true), id].join('  ')
}

function namedRow(date: string, name: string, size: string, id: string): string {
  return [column(date, 16), column(name, 70), pad(size, 9, true), id].join('  ')
}

function column(text: string, width: number): string {
  return pad(shorten(text, width), width)
}

async function listItemsAsJson(app: App, request: ListRequest, stdout: Output): Promise<void> {
  let separator = ''
  let open = false
  for await (const item of app.listItems(request)) {
    if (!open) await stdout.write(jsonStart(request))
    open = true
    if (!(await stdout.write(`${separator}\n${printableJson(item, 0)}`))) return
    separator = ','
  }
  await stdout.write(`${open ? '' : jsonStart(request)}\n]}\n`)
}

function jsonStart(request: ListRequest): string {
  return `{"vault": ${printableJson(request.vault)}, "items": [`
}
