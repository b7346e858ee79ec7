/** An Internet shortcut as Windows has it, readable everywhere: it stands for what a provider does not give as a file. */
export function linkFile(url: string, reason: string): Buffer {
  const safe = url.replace(/[\r\n]/g, '')
  return Buffer.from(`[InternetShortcut]\r\nURL=${safe}\r\n; ${reason}\r\n`)
}
