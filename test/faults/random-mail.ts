/** Mail that changes at random: odd messages, moves, renames, renumbering, folders that are not listed for a while. */
import { MemoryAccount } from '../fixtures/memory-account.ts'
import type { Random } from '../fixtures/random.ts'

const names = [
  'Inbox',
  'Work',
  'a',
  'A',
  'é',
  'e\u0301',
  'con',
  '..',
  '.',
  '2025.mbox',
  'index.csv',
  'x'.repeat(130),
  'Attachments',
  ' ',
  'a/b',
]

const bodies: readonly ((n: number) => string | Buffer)[] = [
  () => '',
  (n) => `Message-ID: <${n}@x>\r\nSubject: plain ${n}\r\n\r\ntext\r\n`,
  (n) => `Message-ID: <${n % 5}@x>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nSubject: same\r\n\r\n${'abcdefgh'[n % 8]}\r\n`,
  (n) => `Received: by x; ${n}\r\nSubject: From\r\n\r\nFrom me\r\n>From you\r\n>>From ${n}\r\n`,
  (n) => `From x ${n}\nSubject: unix\n\nFrom the start\n`,
  (n) => `Message-ID: <${n}@x>\r\n\r\nno end of line ${n}`,
  (n) => Buffer.from(`Message-ID: <${n}@x>\r\n\r\nNUL \0 and bare \r CR, ${n} \r\r\n`),
  (n) => Buffer.concat([Buffer.from(`Subject: \xe4 ${n}\r\n\r\n`, 'latin1'), Buffer.from([0xff, 0xfe, 0x0a, 0x0d, 0x0a])]),
  (n) => ` begins blank ${n}\r\n\r\n`,
  (n) => `X-Lifeboat: v=1; lines=1; size=1; sha256=${'0'.repeat(64)}; eol=asis; id=${n}\nFrom \n\n`,
  (n) => `Message-ID: <large ${n}@x>\r\n\r\n${`From the sea ${n}\r\n`.repeat(900)}`,
  (n) => '\n'.repeat(1 + (n % 4)),
  () => 'the same bytes every time\r\n',
]

export class RandomMail {
  readonly account = new MemoryAccount()
  readonly #random: Random
  #messages = 0
  /** Folders that the account does not list for a while. */
  readonly #hidden = new Map<string, ReturnType<MemoryAccount['box']>>()

  constructor(random: Random) {
    this.#random = random
    this.account.streamFrom = 9_000
    this.account.stableIds = random.chance(0.6)
    this.account.cursors = random.chance(0.7)
    this.#folder()
  }

  change(): void {
    for (let steps = 1 + this.#random.below(12); steps > 0; steps--) this.#step()
  }

  #step(): void {
    const random = this.#random
    const box = this.#anyBox()
    const uid = box === null ? null : this.#anyUid(box)
    const dice = random.next()
    if (box === null || dice < 0.1) this.#folder()
    else if (dice < 0.2) this.#hideOrShow()
    else if (dice < 0.3) this.#rename(box)
    else if (dice < 0.34) this.account.renumber(box)
    else if (uid === null || dice < 0.7) for (let n = random.below(5); n >= 0; n--) this.#add(box)
    else this.#touch(box, uid)
  }

  #touch(box: string, uid: number): void {
    const { account } = this
    const random = this.#random
    const change = random.pick(['remove', 'move', 'flags', 'poison'])
    if (change === 'remove') account.remove(box, uid)
    else if (change === 'move') account.move(box, uid, this.#anyBox() ?? box)
    else if (change === 'flags') account.reflag(box, uid, random.pick([[], ['\\Seen'], ['$X', '\\Flagged']]))
    else account.poison.add(`${account.box(box).epoch}.${uid}`)
  }

  #anyBox(): string | null {
    const ids = [...this.account.mailboxes.keys()]
    return ids.length === 0 ? null : this.#random.pick(ids)
  }

  #anyUid(box: string): number | null {
    const uids = [...this.account.box(box).messages.keys()]
    return uids.length === 0 ? null : this.#random.pick(uids)
  }

  #add(box: string): void {
    const random = this.#random
    const n = ++this.#messages
    const date = new Date(Date.parse(random.pick(['2025-12-31T23:59:58.000Z', '1999-01-01T00:00:00.999Z'])) + n * 1000)
    this.account.add(box, random.pick(bodies)(n), random.pick([[], ['\\Seen']]), date.toISOString())
  }

  #path(): string[] {
    const depth = this.#random.pick([1, 1, 1, 2, 3])
    return Array.from({ length: depth }, () => this.#random.pick(names))
  }

  #isFree(path: readonly string[]): boolean {
    const all = [...this.account.mailboxes.values(), ...this.#hidden.values()]
    return !all.some((box) => box.path.join('/') === path.join('/'))
  }

  #folder(): void {
    const path = this.#path()
    if (this.account.mailboxes.size < 8 && this.#isFree(path)) this.account.addMailbox(path)
  }

  #rename(box: string): void {
    const path = this.#path()
    if (this.#isFree(path)) this.account.rename(box, path)
  }

  #hideOrShow(): void {
    const [hidden] = this.#hidden
    if (hidden !== undefined) this.#show(...hidden)
    else {
      const id = this.#anyBox()
      if (id === null || this.account.mailboxes.size < 2) return
      this.#hidden.set(id, this.account.box(id))
      this.account.mailboxes.delete(id)
    }
  }

  #show(id: string, box: ReturnType<MemoryAccount['box']>): void {
    this.#hidden.delete(id)
    this.account.mailboxes.set(id, box)
  }

  settle(): void {
    this.account.poison.clear()
    for (const [id, box] of [...this.#hidden]) this.#show(id, box)
  }
}
