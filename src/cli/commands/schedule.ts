/** `lifeboat schedule`: backing up by the clock, without a window. */
import { fileURLToPath } from 'node:url'
import type { BackupReport } from '../../api/contract.ts'
import type { Every, Home, Job } from '../../api/desktop/contract.ts'
import { placeVariables } from '../../api/paths.ts'
import { errorTexts, exitCodes } from '../../core/messages.ts'
import { backupExitCode } from '../exit-code.ts'
import { formatDate } from '../format.ts'
import { interruptible } from '../interrupt.ts'
import { printResult } from '../print-result.ts'
import { printable } from '../printable.ts'
import type { Session } from '../session.ts'
import { vaultPath } from '../vault-path.ts'

export interface InstallOptions {
  readonly vault?: string
  readonly name?: string
  readonly every?: Every
}

export interface ScheduleOptions {
  readonly json?: true
}

async function ownEntry() {
  const { scheduleEntry } = await import('../../api/schedule/entry.ts')
  // The source, for what is made of it is made anew.
  const program = [process.execPath, ...process.execArgv, fileURLToPath(new URL('../main.ts', import.meta.url))]
  return scheduleEntry({ command: [...program, 'schedule', 'run'], environment: placeVariables(process.env) })
}

async function desktopOf({ loadApp }: Session) {
  const [{ Desktop }, { Jobs }, { forkJob }] = await Promise.all([
    import('../../api/desktop/desktop.ts'),
    import('../../api/jobs/jobs.ts'),
    import('../../api/jobs/spawn.ts'),
  ])
  return new Desktop({ app: await loadApp(), jobs: new Jobs(forkJob, () => new Date()) })
}

export async function installSchedule(session: Session, options: InstallOptions): Promise<number> {
  const desktop = await desktopOf(session)
  if (options.vault !== undefined) await desktop.disks.open({ path: vaultPath(options.vault), name: options.name ?? '' })
  if (options.every !== undefined) await desktop.setEvery(options.every)
  const { disks, settings } = await desktop.home()
  await desktop.close()
  const { installEntry } = await import('../../api/schedule/install.ts')
  const entry = await ownEntry()
  await installEntry(entry)
  const names = disks.map(({ name }) => `"${printable(name)}"`).join(', ')
  const how = settings.every === 'never' ? 'never, until you choose --every day or week' : `every ${settings.every}`
  await session.terminal.stdout.write(
    `Installed as ${entry.name}: looks every hour, and backs up ${how}.\n${
      disks.length === 0 ? 'No disk is known yet: name one with --vault.' : `To: ${names}`
    }\n`,
  )
  return exitCodes.ok
}

export async function removeSchedule({ terminal }: Session): Promise<number> {
  const { removeEntry } = await import('../../api/schedule/install.ts')
  const entry = await ownEntry()
  const was = await removeEntry(entry)
  await terminal.stdout.write(was ? `Removed ${entry.name}.\n` : 'There was no entry.\n')
  return exitCodes.ok
}

export async function showSchedule(session: Session, options: ScheduleOptions): Promise<number> {
  const desktop = await desktopOf(session)
  const home = await desktop.home()
  await desktop.close()
  const { entryState } = await import('../../api/schedule/install.ts')
  const entry = await ownEntry()
  const state = await entryState(entry)
  const words = { active: 'is active', inactive: 'is there but not active', absent: 'is not installed' }
  const lines = [`The hourly call (${entry.name}) ${words[state]}.`, ...stateLines(home)]
  const json = { entry: { name: entry.name, state }, every: home.settings.every, disks: home.disks }
  await printResult(session.terminal.stdout, options, json, () => lines)
  return exitCodes.ok
}

/** What the scheduler calls. Success is quiet but for one line. */
export async function runSchedule({ terminal }: Session, options: ScheduleOptions): Promise<number> {
  const { runDue } = await import('../../api/due.ts')
  const report = await interruptible(
    (text) => void terminal.stderr.write(`${text}\n`),
    (signal) => runDue(signal),
  )
  const codes = report.jobs.map(exitCodeOf)
  const lines = [outcome(codes), ...report.jobs.flatMap(failureLines), ...stateLines(report.home)]
  await printResult(terminal.stdout, options, report, () => lines)
  const worst = codes.find(isFailure) ?? codes.find((code) => code === exitCodes.removalsHeldBack)
  if (worst !== undefined) return worst
  return report.home.accounts.some(({ missing }) => missing > 0) ? exitCodes.pending : Math.max(exitCodes.ok, ...codes)
}

function exitCodeOf({ failure, report }: Job): number {
  return failure === null ? backupExitCode(report as BackupReport) : errorTexts[failure.code].exitCode
}

/** Nothing that the next run mends by itself, or that waits for a word of the person. */
function isFailure(code: number): boolean {
  return code !== exitCodes.ok && code !== exitCodes.pending && code !== exitCodes.removalsHeldBack
}

function outcome(codes: readonly number[]): string {
  const count = codes.length
  if (count === 0) return 'Nothing is due.'
  const done = codes.filter((code) => !isFailure(code)).length
  if (done === count) return `Backed up to ${count === 1 ? 'one disk' : `${count} disks`}.`
  return count === 1 ? 'The backup is not complete.' : `Backed up to ${done} of ${count} disks; the rest is not complete.`
}

/** Why the backup as a whole, or that of an account, did not come to its end. */
function failureLines({ failure, report }: Job): string[] {
  if (failure !== null) return [`${printable(failure.message)} ${printable(failure.advice)}`]
  return (report as BackupReport).accounts.flatMap(({ account, failure: whole, collections }) => {
    const why = whole ?? collections.find((one) => one.failure !== undefined)?.failure
    return why === undefined ? [] : [`${printable(account)}: ${printable(why.message)} ${printable(why.advice)}`]
  })
}

function stateLines({ disks }: Home): string[] {
  return disks.map(({ name, folder, lastSuccess, due, waitingDays }) => {
    const last = lastSuccess === null ? 'no complete backup yet' : `last backup ${formatDate(lastSuccess)}`
    const wait = waitingDays === null ? '' : `: waiting for it${waitingDays > 0 ? `, ${waitingDays} days by now` : ''}`
    return `"${printable(name)}" ${folder === null ? `is not plugged in${wait}` : 'is here'}; ${last}; next ${due === null ? 'by hand' : formatDate(due)}`
  })
}
