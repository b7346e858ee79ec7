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

/** Null where nothing needs anybody. A disk that is away is reminded of at 8 days, and again, more strongly, at 14. */
export function reminderOf({ verdict, disks, accounts }: Home): Reminder | null {
  const words = shellWords()
  const problem = accounts.find((account) => account.problem !== null)
  if (verdict.reason === 'locked-out') {
    return { key: `locked ${verdict.account}`, title: words.danger, body: verdict.account ?? '', route: '#/lockout' }
  }
  if (problem !== undefined) {
    return {
      key: `${problem.id} ${problem.problem?.code}`,
      title: words.attention,
      body: problem.problem?.message ?? '',
      route: '#/home',
    }
  }
  const waiting = disks.find(({ waitingDays }) => waitingDays !== null && waitingDays >= reminderDays.first)
  if (waiting === undefined) return null
  const isStrong = (waiting.waitingDays ?? 0) >= reminderDays.strong
  return {
    key: `${waiting.id} ${isStrong}`,
    title: isStrong ? words.danger : words.attention,
    body: `${words.waiting} “${waiting.name}”: ${waiting.waitingDays} ${words.days}.`,
    route: '#/home',
  }
}

export function showReminders(desktop: Desktop, show: (route: string) => void): void {
  let told: string | null = null
  desktop.follow(() => {
    void desktop.home().then((home) => {
      const reminder = reminderOf(home)
      if (reminder === null) told = null
      if (reminder === null || reminder.key === told || !home.settings.notifications) return
      told = reminder.key
      const notification = new Notification({ title: reminder.title, body: `${reminder.body}\n${shellWords().look}` })
      notification.on('click', () => show(reminder.route))
      notification.show()
    })
  })
}
