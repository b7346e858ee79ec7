/** What the system opens for a person: an address in the browser, a folder in the file manager. */
import { spawn } from 'node:child_process'

/** `target`: an address or a path. Never throws: false where nothing could show it. */
export function openOutside(target: string, env: NodeJS.ProcessEnv): boolean {
  const command = openerOf(env)
  if (command === null) return false
  const [program = '', ...args] = command
  const child = spawn(program, [...args, target], { stdio: 'ignore', detached: true, windowsHide: true })
  child.on('error', () => {})
  child.unref()
  return true
}

/** Null where nothing could show a page. `BROWSER` names a program, as for xdg-open. */
function openerOf(env: NodeJS.ProcessEnv): readonly string[] | null {
  if (env.BROWSER) return [env.BROWSER]
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  if (process.platform === 'darwin') return ['open']
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null
}
