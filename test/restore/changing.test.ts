/** An account that somebody uses while it is being backed up. */

import { createHash } from 'node:crypto'
import type { ImapFlow } from 'imapflow'
import { expect, test } from 'vitest'
import type { Provider } from '../../src/core/provider.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { running } from '../servers/running.ts'
import { backUp, imapConnection, lookAt, restoreTo } from './harness.ts'

const folders = ['INBOX', 'Work', 'Archive'] as const
type Folder = (typeof folders)[number]
/** Capabilities without CONDSTORE and what builds upon it. */
const modest = 'imap_capability = IMAP4rev1 LITERAL+ UIDPLUS MOVE NAMESPACE LIST-EXTENDED SPECIAL-USE ENABLE ID'

interface Message {
  readonly sha256: string
  flags: Set<string>
}

const stateOf = (messages: Iterable<Message>) =>
  [...messages]
    .map(({ sha256, flags }) => `${sha256} ${[...flags].sort().join(' ')}`)
    .sort()
    .join('\n')

/** One mail program: does one thing after the other, and knows every state that each folder has ever had. */
class User {
  readonly #client: ImapFlow
  readonly #folders = new Map<Folder, Map<number, Message>>(folders.map((name) => [name, new Map()]))
  readonly states = new Map<Folder, Set<string>>(folders.map((name) => [name, new Set([''])]))
  #made = 0
  done = 0

  constructor(client: ImapFlow) {
    this.#client = client
  }

  #note(...changed: readonly Folder[]): void {
    for (const name of changed) this.states.get(name)?.add(stateOf(this.#in(name).values()))
    this.done++
  }

  #in(name: Folder): Map<number, Message> {
    return this.#folders.get(name) ?? new Map()
  }

  /** From now on only the states to come count, and the one that is. */
  forgetTheOldStates(): void {
    for (const name of folders) this.states.set(name, new Set([stateOf(this.#in(name).values())]))
  }

  async add(name: Folder, octets: number): Promise<void> {
    const n = ++this.#made
    const bytes = Buffer.from(`Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\n${`${n} `.repeat(octets / 4)}\r\n`)
    const added = await this.#client.append(name, bytes, n % 2 ? ['\\Seen'] : [])
    if (added === false || added.uid === undefined) throw new Error('The server does not say where it is.')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    this.#in(name).set(added.uid, { sha256, flags: new Set(n % 2 ? ['\\Seen'] : []) })
    this.#note(name)
  }

  /** Does something to the message that is `at` of the way through a folder. */
  async change(kind: number, name: Folder, at: number): Promise<void> {
    const messages = this.#in(name)
    const uid = [...messages.keys()][Math.floor(at * messages.size)]
    const message = uid === undefined ? undefined : messages.get(uid)
    if (uid === undefined || message === undefined || messages.size < 30) {
      await this.add(name, 500)
      return
    }
    const lock = await this.#client.getMailboxLock(name)
    try {
      if (kind < 0.4) {
        const flag = kind < 0.2 ? '\\Flagged' : 'Todo'
        if (message.flags.has(flag)) await this.#client.messageFlagsRemove(String(uid), [flag], { uid: true })
        else await this.#client.messageFlagsAdd(String(uid), [flag], { uid: true })
        if (!message.flags.delete(flag)) message.flags.add(flag)
        this.#note(name)
      } else if (kind < 0.7) {
        await this.#client.messageFlagsAdd(String(uid), ['\\Deleted'], { uid: true })
        message.flags.add('\\Deleted')
        this.#note(name)
        await this.#client.messageDelete(String(uid), { uid: true })
        messages.delete(uid)
        this.#note(name)
      } else {
        const to = folders.find((other) => other !== name) ?? 'INBOX'
        const moved = await this.#client.messageMove(String(uid), to, { uid: true })
        const uidThere = moved === false ? undefined : moved.uidMap?.get(uid)
        if (uidThere === undefined) throw new Error('The server does not say where it is.')
        messages.delete(uid)
        this.#in(to).set(uidThere, message)
        this.#note(name, to)
      }
    } finally {
      lock.release()
    }
  }
}

/** '' where it is one of the states; else how it differs from the nearest. */
function distance(states: ReadonlySet<string>, came: string): string {
  if (states.has(came)) return ''
  const mine = new Set(came.split('\n'))
  const all = [...states].map((state, n) => {
    const lines = new Set(state.split('\n'))
    const missing = [...lines].filter((line) => !mine.has(line)).map((line) => `- ${line}`)
    const added = [...mine].filter((line) => !lines.has(line)).map((line) => `+ ${line}`)
    return [`state ${n} of ${states.size}`, ...missing, ...added]
  })
  return all.reduce((least, one) => (one.length < least.length ? one : least)).join('\n')
}

/** Repeats what it answers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Acts at set moments of a backup: between its commands, and while one is being answered. */
class Busy {
  readonly #user: User
  readonly #next = numbers(20_261_125)
  #turn: Promise<void> = Promise.resolve()
  /** Things that are left to do in this backup: in the end everybody rests, and a backup can catch up. */
  left = 0

  constructor(user: User) {
    this.#user = user
  }

  act(times: number): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      for (let n = 0; n < times && this.left > 0; n++, this.left--) {
        const name = folders[Math.floor(this.#next() * folders.length)] ?? 'INBOX'
        if (this.#next() < 0.3) await this.#user.add(name, 200 + this.#next() * 4_000)
        else await this.#user.change(this.#next(), name, this.#next())
      }
    })
    return this.#turn
  }

  /** Does one thing after the other, until the answer is called: that returns when the last one is done. */
  actFreely(): () => Promise<void> {
    let isActing = true
    const acting = (async () => {
      while (isActing) {
        this.left = 1
        await this.act(1)
      }
    })()
    return async () => {
      isActing = false
      await acting
    }
  }

  /** The same account, whose owner acts while it is read. */
  during(connection: Connection): Connection {
    const { provider } = connection
    const source: Provider['source'] = (account, service, context) => {
      const real = provider.source(account, service, context)
      const act = (times: number) => this.act(times)
      return {
        concurrency: real.concurrency,
        collections: (signal) => real.collections(signal),
        identify: (c, items, signal) => real.identify?.(c, items, signal) ?? none(),
        close: () => real.close(),
        async *changes(c, since, signal) {
          await act(1)
          yield* real.changes(c, since, signal)
          await act(3)
        },
        async *fetch(c, items, signal) {
          await act(2)
          let n = 0
          for await (const answer of real.fetch(c, items, signal)) {
            if (n++ % 15 === 7) await act(1)
            yield answer
          }
        },
      }
    }
    return { ...connection, provider: { ...provider, source } }
  }
}

async function* none(): AsyncGenerator<never> {}

describeUnless(dovecotMissing(), 'an account that keeps changing while it is being backed up', () => {
  async function userWithMail(server: Dovecot): Promise<User> {
    const admin = await server.admin()
    for (const name of folders.slice(1)) await admin.mailboxCreate(name)
    const user = new User(admin)
    for (let n = 0; n < 240; n++) await user.add(folders[n % 3] ?? 'INBOX', 200 + (n % 7) * 900)
    return user
  }

  async function restored(vault: string): Promise<Record<string, string>> {
    const other = await running(startDovecot({ users: { bob: 'builder' }, separator: '.' }))
    const report = await restoreTo(vault, imapConnection({ ...other, user: 'bob', password: 'builder' }), { stateFolder: null })
    expect({ failures: report.failures, losses: report.losses }).toEqual({ failures: [], losses: [] })
    const seen = await lookAt(await other.admin())
    return Object.fromEntries(
      Object.entries(seen).map(([name, messages]) => [
        name,
        stateOf(messages.map(({ sha256, flags }) => ({ sha256, flags: new Set(flags) }))),
      ]),
    )
  }

  test('each folder that is restored is one that the account had while it was backed up', async () => {
    const server: Dovecot = await startDovecot()
    try {
      const user = await userWithMail(server)
      const busy = new Busy(user)
      const vault = await scratchFolder()
      // The first backup reads everything, the later ones what changed.
      for (let run = 0; run < 5; run++) {
        user.forgetTheOldStates()
        busy.left = 40
        const before = user.done
        const report = await backUp(vault, busy.during(imapConnection(server)), true)
        expect(user.done - before).toBeGreaterThan(8)
        expect(report.accounts.flatMap(({ failure }) => failure ?? [])).toEqual([])
        const came = await restored(vault)
        for (const name of folders)
          expect(`${name}: ${distance(user.states.get(name) ?? new Set(), came[name] ?? '')}`).toBe(`${name}: `)
      }
    } finally {
      await server.stop()
    }
  })

  test.each(['maildir:~/Maildir', 'sdbox:~/mail'])(
    'also without CONDSTORE, by somebody who never rests (%s)',
    async (mailLocation) => {
      const server = await running(startDovecot({ mailLocation, config: modest }))
      const user = await userWithMail(server)
      const busy = new Busy(user)
      const vault = await scratchFolder()
      for (let run = 0; run < 12; run++) {
        user.forgetTheOldStates()
        const before = user.done
        const rest = busy.actFreely()
        const report = await backUp(vault, imapConnection(server), true).finally(() => void rest())
        await rest()
        expect(user.done).toBeGreaterThan(before)
        expect(report.accounts.flatMap(({ failure }) => failure ?? [])).toEqual([])
        const came = await restored(vault)
        for (const name of folders)
          expect(`${name}: ${distance(user.states.get(name) ?? new Set(), came[name] ?? '')}`).toBe(`${name}: `)
      }
    },
  )
})
