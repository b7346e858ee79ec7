/**
 * Notifications: only what needs a person, once for each problem; success is quiet. The problem itself stays on Home until it is
 * solved, and a click leads there.
 */
import { join } from 'node:path'
import { Notification } from 'electron'
import type { Home, HomeAccount, HomeDisk } from '../src/api/desktop/contract.ts'
import type { Desktop } from '../src/api/desktop/desktop.ts'
import { userPaths } from '../src/api/paths.ts'
import { readPrivateFile, writePrivateFile } from '../src/api/private-file.ts'
import { oneByOne } from '../src/core/one-by-one.ts'
import { daysSince, reminderDays } from '../src/engine/schedule.ts'
import { filled, said, shellWords } from './words.ts'

export interface Reminder {
  /** The same problem has the same key. */
  readonly key: string
  readonly title: string
  readonly body: string
  readonly route: string
}

/** Of a card on Home. */
export function routeTo(kind: 'account' | 'disk', id: string): string {
  return `#/home?${new URLSearchParams({ at: `${kind}-${id}` })}`
}

/** Empty where nothing needs anybody. A disk that is away is reminded of at 8 days, and again, more strongly, at 14. */
export function remindersOf({ verdict, disks, accounts, settings, now }: Home): readonly Reminder[] {
  const words = shellWords(settings)
  const isLockedOut = (id: string) => verdict.reason === 'locked-out' && verdict.account === id
  const lockedOut = isLockedOut(verdict.account ?? '')
    ? [
        {
          key: `locked ${verdict.account}`,
          title: words.danger,
          body: verdict.account ?? '',
          route: `#/lockout?${new URLSearchParams({ account: verdict.account ?? '' })}`,
        },
      ]
    : []
  // What keeps all accounts of a disk from being saved is told once.
  const alike = Map.groupBy(
    accounts.filter((account) => !isLockedOut(account.id) && needsSomebody(account, new Date(now))),
    ({ problem }) => `${problem?.code} ${problem?.message}`,
  )
  const problems = [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined || first.problem === null) return []
    const { code, message } = first.problem
    const text = said(message, settings)
    const one = { key: `${first.id} ${code}`, body: `${first.id}: ${text}`, route: routeTo('account', first.id) }
    const told = others.length === 0 ? one : { key: `several ${code}`, body: text, route: '#/home' }
    return [{ ...told, title: words.attention }]
  })
  const emptied = accounts.flatMap(({ id, heldBack }) =>
    heldBack === 0
      ? []
      : [
          {
            ...{ key: `${id} suddenly gone`, title: words.attention, body: filled(words.gone, { name: id, n: heldBack }) },
            route: `#/account?${new URLSearchParams({ id })}`,
          },
        ],
  )
  return [...lockedOut, ...problems, ...emptied, ...disks.flatMap((disk) => waitingFor(disk, words))]
}

/** What passes by itself, such as a computer without a network, calls nobody until the last backup is old. */
function needsSomebody({ problem, safeAsOf }: HomeAccount, now: Date): boolean {
  if (problem === null) return false
  if (!['network', 'rate-limit', 'cursor-expired'].includes(problem.code)) return true
  return (daysSince(safeAsOf, now) ?? reminderDays.first) >= reminderDays.first
}

function waitingFor({ id, name, waitingDays }: HomeDisk, words: ReturnType<typeof shellWords>): Reminder[] {
  if (waitingDays === null || waitingDays < reminderDays.first) return []
  const isStrong = waitingDays >= reminderDays.strong
  return [
    {
      key: `${id} ${isStrong}`,
      title: isStrong ? words.danger : words.attention,
      body: filled(words.waiting, { name, n: waitingDays }),
      route: routeTo('disk', id),
    },
  ]
}

export function showReminders(desktop: Desktop, show: (route: string) => void): void {
  const memory = new Told()
  // Two looks at once would call twice.
  const look = oneByOne(async () => {
    const home = await desktop.home()
    const reminders = remindersOf(home)
    const fresh = await memory.note(home.settings.notifications ? reminders.map(({ key }) => key) : [])
    for (const { key, title, body, route } of reminders)
      if (fresh.has(key)) notify(title, `${body}\n${shellWords(home.settings).look}`, () => show(route))
  })
  desktop.follow(look)
}

/** What was told: kept over starts of the program, so that nobody is called every morning for the same thing. */
class Told {
  readonly #path = join(userPaths().state, 'reminders.json')
  #keys: Set<string> | null = null

  /** What is solved meanwhile is worth a word when it comes again. Answers which of them are new. */
  async note(keys: readonly string[]): Promise<Set<string>> {
    const before = this.#keys ?? (await this.#read())
    this.#keys = new Set(keys)
    if ([...before].join('\n') !== [...this.#keys].join('\n'))
      await writePrivateFile(this.#path, JSON.stringify(keys)).catch(() => undefined)
    return new Set(keys.filter((key) => !before.has(key)))
  }

  async #read(): Promise<Set<string>> {
    try {
      const kept: unknown = JSON.parse((await readPrivateFile(this.#path)) ?? '[]')
      return new Set(Array.isArray(kept) ? kept.filter((key) => typeof key === 'string') : [])
    } catch {
      // Unreadable is the same as untold.
      return new Set()
    }
  }
}

/** Held until they are gone: a notification that nobody holds forgets what a click does. */
const shown = new Set<Notification>()

export function notify(title: string, body: string, onClick: () => void): void {
  const notification = new Notification({ title, body })
  shown.add(notification)
  notification.on('click', onClick)
  notification.on('close', () => shown.delete(notification))
  notification.show()
}
