/**
 * Gmail's labels over IMAP (X-GM-EXT-1) on top of a Dovecot: a proxy's trouble that keeps the labels of what is in All Mail.
 * For clients with one connection.
 */
import type { Trouble } from './imap-proxy.ts'

export interface GmailLabels {
  readonly trouble: Trouble
  /** By UID in All Mail; as Gmail writes them, so beyond ASCII in modified UTF-7. */
  readonly labels: Map<number, Set<string>>
  /** STORE commands for labels that were answered with OK. */
  stores: number
  /** Labels that are refused. */
  readonly refused: Set<string>
}

export const gmailFolders = { specialUse: { 'Alle Nachrichten': '\\All', Spam: '\\Junk' } } as const

export function gmailLabels(): GmailLabels {
  const labels = new Map<number, Set<string>>()
  let isAllMail = false
  const gmail: GmailLabels = {
    labels,
    stores: 0,
    refused: new Set(),
    trouble: {
      hide: ['OBJECTID', 'MULTIAPPEND'],
      rewriteCommand: (line) => {
        const opened = /^(?:EXAMINE|SELECT) "?([^"]+)"?/.exec(line)?.[1]
        if (opened !== undefined) isAllMail = opened === 'Alle Nachrichten'
        return line.replace(/X-GM-MSGID X-GM-THRID X-GM-LABELS/, 'X-GUID')
      },
      rewriteAnswer: (line) =>
        line.replace(/^(\S+ OK \[CAPABILITY |\* CAPABILITY )/, '$1X-GM-EXT-1 ').replace(/X-GUID (\w+)/, (_, guid: string) => {
          const own = isAllMail ? [...(labels.get(Number(/UID (\d+)/.exec(line)?.[1])) ?? [])] : []
          const written = own.map((label) => (/^\\?[A-Za-z]+$/.test(label) ? quotedSystem(label) : JSON.stringify(label)))
          const id = BigInt(`0x${guid.slice(0, 15)}`)
          return `X-GM-MSGID ${id} X-GM-THRID ${id} X-GM-LABELS (${written.join(' ')})`
        }),
      answer: (command) => {
        const [, set = '', names = ''] = /^UID STORE (\S+) \+X-GM-LABELS\.SILENT \((.*)\)$/.exec(command) ?? []
        if (set === '') return null
        const asked = [...names.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = '']) =>
          quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
        )
        const bad = asked.find((label) => gmail.refused.has(label))
        if (bad !== undefined) return `NO [CANNOT] Invalid label: ${bad}`
        for (const uid of uidsOf(set)) for (const label of asked) labels.set(uid, (labels.get(uid) ?? new Set()).add(label))
        gmail.stores++
        return 'OK Success'
      },
    },
  }
  return gmail
}

/** Gmail quotes its own labels with the backslash doubled. */
function quotedSystem(label: string): string {
  return label.startsWith('\\') ? `"\\${label}"` : label
}

function uidsOf(set: string): number[] {
  return set.split(',').flatMap((part) => {
    const [first = '0', last = first] = part.split(':')
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => Number(first) + n)
  })
}
