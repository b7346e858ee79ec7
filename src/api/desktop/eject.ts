/** Asks the system to let a disk go. */
import { execFile } from 'node:child_process'
import { AppError } from '../../core/errors.ts'

const limit = 60_000

/**
 * `volume`: where the disk is mounted.
 * @throws AppError `disk-failed` where the system does not let it go, `unsupported` where it cannot be asked
 */
export async function eject(volume: string): Promise<void> {
  for (const [program, ...args] of commands(volume)) {
    const outcome = await attempt(program, args)
    if (outcome === 'done') return
    if (outcome === 'failed') {
      throw new AppError('disk-failed', 'The system does not let the disk go: another program is using it.', {
        advice: 'Close what is open from the disk and try again, or use the eject button of your file manager.',
      })
    }
  }
  throw new AppError('unsupported', 'The system cannot be asked to eject the disk from here.', {
    advice: 'Everything is written. Use the eject button of your file manager.',
  })
}

function commands(volume: string): readonly (readonly [string, ...string[]])[] {
  if (process.platform === 'darwin') return [['diskutil', 'eject', volume]]
  if (process.platform === 'win32') {
    const script = `(New-Object -comObject Shell.Application).Namespace(17).ParseName($args[0]).InvokeVerb('Eject')`
    return [['powershell.exe', '-NoProfile', '-Command', `& {${script}}`, volume.slice(0, 2)]]
  }
  return [['gio', 'mount', '--unmount', volume]]
}

function attempt(program: string, args: readonly string[]): Promise<'done' | 'failed' | 'absent'> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: limit, windowsHide: true }, (error) => {
      if (error === null) resolve('done')
      else resolve('code' in error && error.code === 'ENOENT' ? 'absent' : 'failed')
    })
  })
}
