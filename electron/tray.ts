/** The tray or menu bar: a glance and the usual things. Never required. */
import { join } from 'node:path'
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron'
import type { Home, HomeDisk, Settings } from '../src/api/desktop/contract.ts'
import type { Desktop } from '../src/api/desktop/desktop.ts'
import { failureOf } from '../src/api/failure.ts'
import { isActive } from '../src/api/jobs/jobs.ts'
import { oneByOne } from '../src/core/one-by-one.ts'
import { notify, routeTo } from './reminders.ts'
import { filled, said, shellWords } from './words.ts'

export interface TraySurroundings {
  readonly desktop: Desktop
  readonly show: (route?: string) => void
  readonly quit: () => void
}

type Place = Pick<TraySurroundings, 'desktop' | 'show'>

export interface ShownTray {
  /** This version of the program lies here and is put in place at the end. */
  offer(version: string): void
}

export function createTray(surroundings: TraySurroundings): ShownTray {
  let newer: string | null = null
  const tray = new Tray(nativeImage.createFromPath(join(import.meta.dirname, '..', 'assets', 'icons', 'tray.png')))
  tray.setToolTip('Lifeboat')
  tray.on('click', () => surroundings.show())
  // Where it fails the window says what is wrong, and the menu stays as it was.
  const refresh = oneByOne(async () =>
    tray.setContextMenu(Menu.buildFromTemplate(menuOf(await surroundings.desktop.home(), surroundings, newer))),
  )
  surroundings.desktop.follow(refresh)
  let busy = 0
  surroundings.desktop.jobs.follow(() => {
    const { length } = surroundings.desktop.jobs.all().filter(isActive)
    if (length !== busy) refresh()
    busy = length
  })
  refresh()
  return {
    offer(version) {
      newer = version
      refresh()
    },
  }
}

function menuOf(home: Home, { desktop, show, quit }: TraySurroundings, newer: string | null): MenuItemConstructorOptions[] {
  const words = shellWords(home.settings)
  const date = (time: string | null) => (time === null ? words.never : new Date(time).toLocaleString(words.tag))
  const here = home.disks.filter(({ folder }) => folder !== null)
  const due = home.disks.flatMap(({ due: at }) => (at === null ? [] : [at])).toSorted()[0] ?? null
  const busy = desktop.jobs.all().filter(isActive)
  const isPaused = home.settings.pausedUntil !== null && home.settings.pausedUntil > home.now
  return [
    { label: `${words.last}: ${date(home.verdict.safeAsOf)}`, enabled: false },
    { label: `${words.next}: ${due === null ? words.byHand : date(due)}`, enabled: false },
    { type: 'separator' },
    ...(busy.length > 0
      ? [{ label: words.progress, click: () => show('#/progress') }]
      : here.map((disk) => ({
          label: `${words.backUp} (${disk.name})`,
          click: () => void backUp(disk, home.settings, { desktop, show }),
        }))),
    {
      label: isPaused ? words.resume : words.pause,
      click: () =>
        void desktop
          .changeSettings({ pausedUntil: isPaused ? null : new Date(Date.now() + 86_400_000).toISOString() })
          .catch(() => show('#/settings')),
    },
    ...here
      .filter(({ canUnplug }) => canUnplug)
      .map((disk) => ({
        label: `${words.eject} ${disk.name}`,
        click: () => void eject(disk, home.settings, { desktop, show }),
      })),
    { type: 'separator' },
    { label: words.open, click: () => show() },
    { label: newer === null ? words.quit : `${words.quitAndInstall} ${newer}`, click: quit },
  ]
}

/** Who asked for it in the tray sees no window: where it does not begin, a notification says so. */
async function backUp({ id, name }: HomeDisk, settings: Settings, { desktop, show }: Place): Promise<void> {
  try {
    await desktop.backUp(id)
  } catch (error) {
    notify(filled(shellWords(settings).notBackedUp, { name }), reasonOf(error, settings), () => show(routeTo('disk', id)))
  }
}

function reasonOf(error: unknown, settings: Settings): string {
  const { message, advice } = failureOf(error)
  return `${said(message, settings)} ${said(advice, settings)}`
}

/** The answer comes as a notification, too. */
async function eject({ id, name }: HomeDisk, settings: Settings, { desktop, show }: Place): Promise<void> {
  const words = shellWords(settings)
  const open = () => show(routeTo('disk', id))
  try {
    await desktop.ejectDisk(id)
    notify(filled(words.unplug, { name }), '', open)
  } catch (error) {
    notify(filled(words.notEjected, { name }), reasonOf(error, settings), open)
  }
}
