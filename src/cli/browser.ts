/** The person's browser: opened where there is one, the address printed in any case. */
import { spawn } from 'node:child_process'

/** Never throws: the address stands on the screen anyway. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv): void {
  const command = browserCommand(env)
  if (command === null) return
  const [program = '', ...args] = command
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true, windowsHide: true })
  child.on('error', () => {})
  child.unref()
}

/** Null where nothing could show a page. `BROWSER` names a program, as for xdg-open. */
function browserCommand(env: NodeJS.ProcessEnv): readonly string[] | null {
  if (env.BROWSER) return [env.BROWSER]
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  if (process.platform === 'darwin') return ['open']
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null
}
