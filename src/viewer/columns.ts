/** Rows to columns and back: what a shard of columns repeats (people, folders) is written once. */
import type { ContactColumns, EventColumns, FileColumns, MailColumns } from './format-documents.ts'

/** One element of every column. */
export type RowOf<Columns> = { readonly [Name in keyof Columns]: Columns[Name] extends readonly (infer Cell)[] ? Cell : never }

export type MailRow = Omit<RowOf<MailColumns>, 'people' | 'from' | 'to'> & {
  readonly from: string
  readonly to: readonly string[]
}
export type ContactRow = RowOf<ContactColumns>
export type EventRow = RowOf<EventColumns>
export type FileRow = Omit<RowOf<FileColumns>, 'folders' | 'folder'> & { readonly folder: readonly string[] }

export interface Rows {
  readonly mail: MailRow
  readonly contacts: ContactRow
  readonly calendar: EventRow
  readonly files: FileRow
}

/** Gives equal texts one number. */
export class Table {
  readonly #numbers = new Map<string, number>()
  readonly values: string[] = []

  numberOf(value: string): number {
    const known = this.#numbers.get(value)
    if (known !== undefined) return known
    const number = this.values.length
    this.#numbers.set(value, number)
    this.values.push(value)
    return number
  }
}

/** `names`: of all columns, so that a shard without rows has them too. */
export function toColumns<Row extends object>(rows: readonly Row[], names: readonly (keyof Row)[]): Record<string, unknown[]> {
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]))
}

export function toRows<Columns extends object>(columns: Columns): RowOf<Columns>[] {
  const entries = Object.entries(columns) as [string, readonly unknown[]][]
  const [, first = []] = entries[0] ?? []
  return first.map((_, at) => Object.fromEntries(entries.map(([name, values]) => [name, values[at]])) as RowOf<Columns>)
}

const mailNames = ['date', 'toMore', 'subject', 'size', 'marks', 'thread'] as const

export function mailColumns(rows: readonly MailRow[]): MailColumns {
  const people = new Table()
  const from = rows.map((row) => (row.from === '' ? -1 : people.numberOf(row.from)))
  const to = rows.map((row) => row.to.map((one) => people.numberOf(one)))
  return { people: people.values, from, to, ...toColumns(rows, mailNames) } as unknown as MailColumns
}

export function mailRows({ people, from, to, ...others }: MailColumns): MailRow[] {
  const rest = toRows(others)
  return rest.map((row, at) => ({
    ...row,
    from: people[from[at] ?? -1] ?? '',
    to: (to[at] ?? []).map((number) => people[number] ?? ''),
  }))
}

const fileNames = ['name', 'size', 'modified', 'kind', 'path'] as const

export function fileColumns(rows: readonly FileRow[]): FileColumns {
  const folders = new Table()
  const folder = rows.map((row) => folders.numberOf(JSON.stringify(row.folder)))
  const names = folders.values.map((text) => JSON.parse(text) as string[])
  return { folders: names, folder, ...toColumns(rows, fileNames) } as unknown as FileColumns
}

export function fileRows({ folders, folder, ...others }: FileColumns): FileRow[] {
  return toRows(others).map((row, at) => ({ ...row, folder: folders[folder[at] ?? -1] ?? [] }))
}
