import { MemoryAccount } from '../fixtures/memory-account.ts'

/** The same account in every process that asks for it; each step changes, moves, renames and removes something. */
export function killAccount(step: number): MemoryAccount {
  const account = new MemoryAccount()
  const boxes = Array.from({ length: 12 }, (_, n) => account.addMailbox([`Folder ${n}`]))
  const uids = boxes.map((box, n) =>
    Array.from({ length: 25 }, (_, m) => account.add(box, message(n, m), [], `20${10 + (m % 5)}-03-04T05:06:07.000Z`)),
  )
  for (let n = 1; n <= step; n++) {
    const box = boxes[n % 12] ?? ''
    const other = boxes[(n + 5) % 12] ?? ''
    account.rename(box, [`Folder ${n % 12} renamed ${n}`])
    const moved = uids[n % 12]?.shift()
    if (moved !== undefined) account.move(box, moved, other)
    const removed = uids[n % 12]?.shift()
    if (removed !== undefined) account.remove(box, removed)
    for (let m = 0; m < 10; m++) account.add(other, message(100 + n, m))
  }
  return account
}

function message(n: number, m: number): string {
  return `Message-ID: <${n}.${m}@x>\r\nReceived: by y; ${n}.${m}\r\nSubject: ${n}/${m}\r\n\r\n${'From here on.\r\n'.repeat(m * 40)}`
}
