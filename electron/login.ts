/** Starting together with the computer, without a window. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'

/** The program's own argument: no window until somebody wants one. */
const hidden = '--hidden'

export async function startAtLogin(wanted: boolean): Promise<void> {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: wanted, args: [hidden] })
    return
  }
  // Electron does nothing there: desktops start what lies in this folder (Desktop Application Autostart Specification).
  const { XDG_CONFIG_HOME: config, APPIMAGE: image } = process.env
  const folder = join(config || join(homedir(), '.config'), 'autostart')
  const file = join(folder, 'lifeboat.desktop')
  if (!wanted) {
    await rm(file, { force: true })
    return
  }
  const command = [image ?? process.execPath, ...(app.isPackaged ? [] : [app.getAppPath()]), hidden]
  const entry = ['[Desktop Entry]', 'Type=Application', 'Name=Lifeboat', `Exec=${command.map(quoted).join(' ')}`, '']
  await mkdir(folder, { recursive: true })
  await writeFile(file, entry.join('\n'))
}

/** True where the system started it, and no person. */
export function isStartedHidden(argv: readonly string[]): boolean {
  return argv.includes(hidden) || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
}

/** As the Desktop Entry Specification wants an argument of `Exec`, which is a string value besides. */
function quoted(argument: string): string {
  return `"${argument
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`
}
