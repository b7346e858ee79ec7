/** `lifeboat schedule` with its help. */
import { type Command, Option } from 'commander'
import type { InstallOptions, ScheduleOptions } from './commands/schedule.ts'
import { examples } from './examples.ts'
import type { Session } from './session.ts'

export function addScheduleCommands(program: Command, session: Session, done: (exitCode: number) => void): void {
  const schedule = program
    .command('schedule')
    .description('back up by the clock: an hourly look in the system’s own scheduler, and a backup when one is due')
    .addHelpText(
      'after',
      examples('lifeboat schedule install --vault "/media/usb/Family vault" --every day', 'lifeboat schedule status'),
    )

  schedule
    .command('install')
    .description('put it into the system’s scheduler (systemd user timer, launchd agent, Task Scheduler)')
    .option('--vault <folder>', 'a vault to back up to; known afterwards wherever it is plugged in')
    .option('--name <name>', 'what you call the disk it is on')
    .addOption(
      new Option('--every <time>', 'how often; at first every day, then as it was set last').choices(['day', 'week', 'never']),
    )
    .addHelpText('after', examples('lifeboat schedule install --vault /backup --name "Blue Disk" --every week'))
    .action(async (options: InstallOptions) => {
      const { installSchedule } = await import('./commands/schedule.ts')
      done(await installSchedule(session, options))
    })

  schedule
    .command('remove')
    .description('take it out again; nothing in any vault changes')
    .addHelpText('after', examples('lifeboat schedule remove'))
    .action(async () => {
      const { removeSchedule } = await import('./commands/schedule.ts')
      done(await removeSchedule(session))
    })

  schedule
    .command('status')
    .description('say whether it is installed, and when each disk is due')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat schedule status'))
    .action(async (options: ScheduleOptions) => {
      const { showSchedule } = await import('./commands/schedule.ts')
      done(await showSchedule(session, options))
    })

  schedule
    .command('run')
    .description('what the scheduler calls: backs up to every disk that is plugged in and due')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat schedule run'))
    .action(async (options: ScheduleOptions) => {
      const { runSchedule } = await import('./commands/schedule.ts')
      done(await runSchedule(session, options))
    })
}
