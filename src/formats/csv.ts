/** Tables for spreadsheets (RFC 4180). They are for looking: the exact values stand elsewhere. */
import { type Options, stringify } from 'csv-stringify/sync'

/** Goes before the first row: without it Excel takes UTF-8 for the system's old code page. */
export const csvByteOrderMark = '\ufeff'

const options: Options = {
  record_delimiter: '\r\n',
  quote_record_delimiter: true,
  escape_formulas: true,
  cast: { string: (value) => (value.startsWith('\n') ? `'${value}` : value) },
}

/**
 * One row with its CRLF. A text that a spreadsheet could run as a formula (it begins with `=`, `+`, `-`, `@`, tab, CR or LF)
 * gets an apostrophe in front; numbers stay as they are.
 */
export function csvRow(values: readonly (string | number)[]): string {
  return csvRows([values])
}

/** Several rows at once, which is quicker. */
export function csvRows(rows: readonly (readonly (string | number)[])[]): string {
  return stringify([...rows], options)
}
