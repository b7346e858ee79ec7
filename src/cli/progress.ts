/** Progress events as a person or a program wants them, always on stderr. */

import type { BackupProgress, DrillProgress, RestoreProgress, VerifyProgress, ViewerProgress } from '../api/contract.ts'
import type { Service } from '../core/account.ts'
import { assertNever } from '../core/errors.ts'
import { Rate } from '../core/rate.ts'
import { countOf, formatBytes, formatCount, formatDuration, formatPath, plural, shorten } from './format.ts'
import { interruptible } from './interrupt.ts'
import { printable, printableJson } from './printable.ts'
import { liveStatus, plainStatus, type StatusLine } from './status-line.ts'
import type { Output, Terminal } from './terminal.ts'

export type ProgressMode = 'live' | 'plain' | 'json' | 'none'

export interface ProgressOptions {
  readonly progress?: 'json' | 'plain' | 'none'
  readonly json?: boolean
}

export interface ProgressView<Event> {
  show(event: Event): void
  /** A sentence for the person, in whatever form the progress has. */
  say(text: string): void
  end(): void
}

/** Does `work` with its progress on `view`; Ctrl-C ends it at a commit. */
export function watched<Event, Result>(
  view: ProgressView<Event>,
  work: (signal: AbortSignal, show: (event: Event) => void) => Promise<Result>,
): Promise<Result> {
  return interruptible(
    (text) => view.say(text),
    (signal) => work(signal, (event) => view.show(event)),
  ).finally(() => view.end())
}

/** A dumb terminal (`TERM=dumb`) has no line that could be written again. */
export function progressMode(options: ProgressOptions, { stderr, env }: Pick<Terminal, 'stderr' | 'env'>): ProgressMode {
  if (options.progress !== undefined) return options.progress
  if (options.json) return 'none'
  return stderr.isTerminal && env.TERM !== 'dumb' ? 'live' : 'plain'
}

export function backupProgress(mode: ProgressMode, stderr: Output, now = () => performance.now()): ProgressView<BackupProgress> {
  return progressView(mode, stderr, now, (status) => backupSentences(status, now))
}

export function verifyProgress(mode: ProgressMode, stderr: Output, now = () => performance.now()): ProgressView<VerifyProgress> {
  return progressView(mode, stderr, now, (status) => {
    const rate = new Rate()
    return (event) => {
      rate.add(now(), event.bytesDone, event.bytesTotal)
      status.update(() => {
        const files = `${formatCount(event.filesDone)} of ${plural(event.filesTotal, 'file')} checked`
        return [files, formatBytes(event.bytesDone), ...speed(rate)].join(' · ')
      })
    }
  })
}

export function restoreProgress(
  mode: ProgressMode,
  stderr: Output,
  now = () => performance.now(),
): ProgressView<RestoreProgress> {
  return progressView(mode, stderr, now, (status) => {
    const bytes = new Rate()
    return (event) => {
      if (event.kind === 'notice') status.say(printable(event.text))
      if (event.kind === 'collection')
        status.update(() => `${shorten(formatPath(event.collection), 40)}: ${plural(event.items, 'item')}`)
      if (event.kind !== 'items') return
      bytes.add(now(), event.bytesSoFar, event.bytesKnown)
      status.update(() => {
        const folder = shorten(formatPath(event.collection), 24)
        const inAll = `${formatCount(event.itemsSoFar)} of ${plural(event.itemsKnown, 'item')}`
        return [folder, inAll, formatBytes(event.bytesSoFar), ...speed(bytes)].join(' · ')
      })
    }
  })
}

export function drillProgress(mode: ProgressMode, stderr: Output, now = () => performance.now()): ProgressView<DrillProgress> {
  return progressView(mode, stderr, now, (status) => (event) => {
    if (event.kind === 'step') status.say(printable(`${event.text} …`))
    if (event.kind === 'bytes') status.update(() => `${formatBytes(event.done)} read`)
    if (event.kind === 'items') status.update(() => `${formatCount(event.done)} of ${plural(event.known, 'item')} restored`)
  })
}

function progressView<Event>(
  mode: ProgressMode,
  stderr: Output,
  now: () => number,
  sentences: (status: StatusLine) => (event: Event) => void,
): ProgressView<Event> {
  switch (mode) {
    case 'none':
      return { show() {}, say: (text) => void stderr.write(`${text}\n`), end() {} }
    case 'json': {
      const line = (event: unknown) => void stderr.write(`${printableJson(event, 0)}\n`)
      return { show: line, say: (text) => line({ kind: 'notice', text }), end() {} }
    }
    case 'live':
    case 'plain': {
      const status = mode === 'live' ? liveStatus(stderr, now) : plainStatus(stderr, now)
      return { show: sentences(status), say: (text) => status.say(text), end: () => status.end() }
    }
    default:
      return assertNever(mode)
  }
}

function backupSentences(status: StatusLine, now: () => number): (event: BackupProgress) => void {
  const bytes = new Rate()
  const finished = new Set<string>()
  const services = new Set<Service>()
  return (event) => {
    switch (event.kind) {
      case 'account':
        status.say(`Account ${printable(event.account)}`)
        return
      case 'listing':
        status.update(() => `${shorten(formatPath(event.collection), 40)}: ${countOf(event.service, event.listed)} listed`)
        return
      case 'items': {
        bytes.add(now(), event.bytesSoFar, event.bytesKnown)
        services.add(event.service)
        const folder = formatPath(event.collection)
        const key = `${event.account}/${folder}`
        if (event.total > 0 && event.done >= event.total && !finished.has(key)) {
          finished.add(key)
          status.say(`  ${folder}: ${countOf(event.service, event.total)} done`)
        }
        status.update(() => {
          const inFolder = `${shorten(folder, 24)}: ${formatCount(event.done)} of ${formatCount(event.total)}`
          const inAll = `${formatCount(event.itemsSoFar)} of ${countOf(services, event.itemsKnown)}`
          return [inFolder, inAll, formatBytes(event.bytesSoFar), ...speed(bytes)].join(' · ')
        })
        return
      }
      case 'commit':
        return
      case 'viewer':
        status.update(() => viewerSentence(event.documents))
        return
      case 'notice':
        status.say(printable(event.text))
        return
      default:
        assertNever(event)
    }
  }
}

export function viewerProgress(mode: ProgressMode, stderr: Output, now = () => performance.now()): ProgressView<ViewerProgress> {
  return progressView(mode, stderr, now, (status) => (event) => {
    if (event.kind === 'notice') status.say(printable(event.text))
    else status.update(() => viewerSentence(event.documents))
  })
}

function viewerSentence(documents: number): string {
  return `Preparing START HERE.html: ${plural(documents, 'item')} read`
}

function speed(rate: Rate): string[] {
  const perSecond = rate.perSecond()
  const remaining = rate.remaining()
  return [
    ...(perSecond === null ? [] : [`${formatBytes(perSecond)}/s`]),
    ...(remaining === null ? [] : [`about ${formatDuration(remaining)} left`]),
  ]
}
