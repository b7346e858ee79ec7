import { AppError } from '../core/errors.ts'
import { errorTexts } from '../core/messages.ts'

/**
 * Runs `work` with a signal that Ctrl-C (SIGINT) and SIGTERM abort, so that it can end at a commit. `say` is told once.
 * The second Ctrl-C ends the process at once.
 */
export async function interruptible<T>(say: (text: string) => void, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(errorTexts.cancelled.exitCode)
    say('Stopping at the next safe point. Press Ctrl-C again to stop at once.')
    controller.abort(new AppError('cancelled', 'Stopped before the end.'))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
