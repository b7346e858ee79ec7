/** An account in memory with mail enough for trouble, and what a restore of it has to bring back. */
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { lookAt } from './harness.ts'

const text = (n: number) =>
  `Message-ID: <${n}@example.com>\r\nReceived: by mx; ${n}\r\nSubject: number ${n}\r\n\r\n${'Some text.\r\n'.repeat((n * 37) % 900)}`

export function sampleAccount(messages: number): MemoryAccount {
  const account = new MemoryAccount()
  const boxes = [['Inbox'], ['Work'], ['Work', 'Projects'], ['Twice']].map((path) => account.addMailbox(path))
  for (let n = 0; n < messages; n++) {
    const date = new Date(Date.UTC(2024, 0, 1 + (n % 300))).toISOString()
    account.add(boxes[n % 3] ?? '', text(n), n % 2 ? ['\\Seen', 'Todo'] : [], date)
    // The same message twice in one folder is two messages.
    if (n % 20 === 0) for (let copy = 0; copy < 2; copy++) account.add(boxes[3] ?? '', text(n), [], date)
  }
  return account
}

/** Folder → SHA-256 with flags, sorted. */
export type Contents = Record<string, string[]>

export function contentsOf(account: MemoryAccount): Contents {
  const entries = [...account.mailboxes.values()].map(({ path, messages }) => [
    path.join('/').replace(/^Inbox$/, 'INBOX'),
    [...messages.values()].map(({ bytes, flags }) => `${sha256(bytes)} ${[...flags].sort().join(' ')}`).sort(),
  ])
  return Object.fromEntries(entries)
}

export async function contentsAt(server: Pick<Dovecot, 'admin'>, user: string): Promise<Contents> {
  const admin = await server.admin(user)
  try {
    const seen = await lookAt(admin)
    return Object.fromEntries(
      Object.entries(seen).map(([name, messages]) => [
        name,
        messages.map((each) => `${each.sha256} ${each.flags.join(' ')}`).sort(),
      ]),
    )
  } finally {
    await admin.logout()
  }
}

export async function emptyMailbox(server: Pick<Dovecot, 'admin'>, user: string): Promise<void> {
  const admin = await server.admin(user)
  for (const { path } of (await admin.list()).reverse()) {
    if (path !== 'INBOX') await admin.mailboxDelete(path)
    else {
      const lock = await admin.getMailboxLock(path)
      await admin.messageDelete('1:*')
      lock.release()
    }
  }
  await admin.logout()
}
