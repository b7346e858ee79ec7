import { join } from 'node:path'
import { BrowserWindow } from 'electron'
import { walls } from './guard.ts'

const preload = join(import.meta.dirname, 'preload.cjs')

/** A page in it has no more power than in a browser, besides what `preload.cjs` names. */
export function createWindow(url: string): BrowserWindow {
  const window = new BrowserWindow({
    ...{ width: 1180, height: 860, minWidth: 420, minHeight: 480, show: false, autoHideMenuBar: true, title: 'Lifeboat' },
    backgroundColor: '#f6f4ef',
    webPreferences: { preload, ...walls },
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(url)
  return window
}
