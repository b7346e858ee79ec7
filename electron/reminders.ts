/**
 * Notifications: only what needs a person, once for each problem; success is quiet. The problem itself stays on Home until it is
 * solved, and a click leads there.
 */
import { Notification } from 'electron'
import type { Home } from '../src/api/desktop/contract.ts'
import type { Desktop } from '../src/api/desktop/desktop.ts'
import { reminderDays } from '../src/engine/schedule.ts'
import { shellWords } from './words.ts'

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
export function remindersOf({ verdict, disks, accounts }: Home): readonly Reminder[] {
  const words = shellWords()
  const isLockedOut = (id: string) => verdict.reason === 'locked-out' && verdict.account === id
  const lockedOut = isLockedOut(verdict.account ?? '')
    ? [{ key: `locked ${verdict.account}`, title: words.danger, body: verdict.account ?? '', route: '#/lockout' }]
    : []
  const problems = accounts.flatMap(({ id, problem }) =>
    problem === null || isLockedOut(id)
      ? []
      : [
          {
            ...{ key: `${id} ${problem.code}`, title: words.attention, body: `${id}: ${problem.message}` },
            route: routeTo('account', id),
          },
        ],
  )
  return [...lockedOut, ...problems, ...disks.flatMap(waitingFor)]
}

function waitingFor({ id, name, waitingDays }: Home['disks'][number]): Reminder[] {
  if (waitingDays === null || waitingDays < reminderDays.first) return []
  const words = shellWords()
  const isStrong = waitingDays >= reminderDays.strong
  return [
    {
      key: `${id} ${isStrong}`,
      title: isStrong ? words.danger : words.attention,
      body: `${words.waiting} “${name}”: ${waitingDays} ${words.days}.`,
      route: routeTo('disk', id),
    },
  ]
}

export function showReminders(desktop: Desktop, show: (route: string) => void): void {
  let told = new Set<string>()
  desktop.follow(() => {
    void desktop.home().then((home) => {
      const reminders = remindersOf(home)
      const before = told
      // What is solved meanwhile is worth a word when it comes again.
      told = new Set(home.settings.notifications ? reminders.map(({ key }) => key) : [])
      for (const { key, title, body, route } of reminders)
        if (told.has(key) && !before.has(key)) notify(title, `${body}\n${shellWords().look}`, () => show(route))
    })
  })
}

export function notify(title: string, body: string, onClick: () => void): void {
  const notification = new Notification({ title, body })
  notification.on('click', onClick)
  notification.show()
}
