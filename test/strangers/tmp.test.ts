import { chownSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { corpus } from '../fixtures/corpus.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { startDovecot } from '../servers/dovecot.ts'
const flagSets = [[], ['\\Seen'], ['\\Answered', '\\Seen'], ['\\Flagged'], ['\\Deleted', '\\Seen'], ['\\Draft', '\\Seen']]
const handMade: readonly string[] = [
  'From: a@example.com\r\nSubject: From lines\r\n\r\nFrom me\r\n\r\nFrom you\r\n>From her\r\n',
  'From: a@example.com\nSubject: bare LF\n\nFrom me\n\n\n',
  'From: a@example.com\r\nSubject: no line end\r\n\r\nlast line',
  'From: a@example.com\r\nSubject: no body\r\n\r\n',
]
it('x', async () => {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const a = account.addMailbox(['Inbox'], 'inbox')
  let n = 0
  for (const t of handMade) account.add(a, t, flagSets[n++ % 6])
  for (const f of corpus('mail')) account.add(a, Buffer.from(f.bytes()), flagSets[n++ % 6])
  await runBackup(vault, account)
    const dovecot = await startDovecot({ mailLocation: 'mbox:~/mail:INBOX=~/inbox' })
    try {
      copyFileSync(join(vault, 'data/alice/Mail/Inbox/2025.mbox'), '/tmp/str/in.mbox')
      copyFileSync('/tmp/str/in.mbox', join(dovecot.home(), 'inbox'))
      chownSync(join(dovecot.home(), 'inbox'), 8, 8)
      const client = await dovecot.admin()
      const b=await client.mailboxOpen('INBOX', { readOnly: true }); console.log(b.exists)
      let last = ''
      const ids: string[] = []
      for await (const { source, seq,uid, flags } of client.fetch('1:*', { source: true, flags: true })) {
        const t = source?.toString('latin1') ?? 'NONE'
        const id = /^X-Lifeboat: .*id=(.*)/m.exec(t)?.[1] ?? 'none'
        ids.push(id)
        if (!t.startsWith('X-Lifeboat: v=1')) console.log(n, seq, uid, JSON.stringify([...flags??[]]), JSON.stringify(last.slice(-150)), '>>>', JSON.stringify(t.slice(0, 150)))
        last = t
      }
    console.log(ids.join(' '), readFileSync(join(dovecot.root,'dovecot.log'),'utf8'))
    } finally { await dovecot.stop() }
  expect(1).toBe(1)
})
