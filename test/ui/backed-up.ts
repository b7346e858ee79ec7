/** A window on the sample account, backed up to a disk; nothing happens by itself any more. */
import { fileURLToPath } from 'node:url'
import { until } from '../fixtures/patience.ts'
import { type AppWindow, openWindow } from './window.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

export async function openBackedUp(): Promise<AppWindow> {
  const app = await openWindow()
  const { desktop } = app.screens
  await desktop.setEvery('never')
  await desktop.app.addAccount({ id: 'papers', connections: [{ provider: 'archive', settings: { path: sample } }] })
  const { id } = await desktop.disks.use({ path: app.plugIn('BLUE'), name: 'Blue Disk' })
  await desktop.backUp(id)
  await until(() => desktop.jobs.all().at(-1)?.state === 'done', 'the backup')
  await desktop.settled()
  return app
}
