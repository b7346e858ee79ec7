/**
 * The entry in the system's own scheduler: an hourly call of `lifeboat schedule run`, which backs up only what is due. Hourly,
 * because a disk may be plugged in at any time; a call with nothing to do takes a second.
 */
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface EntryFile {
  /** Absolute path. */
  readonly path: string
  readonly content: string
  /** UTF-8 when absent. */
  readonly encoding?: 'utf16le'
}

export interface ScheduleEntry {
  /** What a person may look for in the system. */
  readonly name: string
  readonly files: readonly EntryFile[]
  /** Programs with their arguments, run in this order. */
  readonly install: readonly (readonly string[])[]
  /** Run before the files are deleted; each may fail where there is nothing. */
  readonly remove: readonly (readonly string[])[]
  readonly afterRemove: readonly (readonly string[])[]
  /** Ends with code 0 where the entry is active. */
  readonly status: readonly string[]
  /** Where what the entry calls is not allowed on this computer: files to write instead. */
  readonly otherwise?: {
    /** A program with its arguments, and how it ends where all is well. */
    readonly probe: readonly string[]
    readonly exitCode: number
    readonly files: readonly EntryFile[]
  }
}

export interface EntryRequest {
  /** The program with its arguments. */
  readonly command: readonly string[]
  /** Set for the program, e.g. `LIFEBOAT_HOME`. */
  readonly environment: Readonly<Record<string, string>>
  /** For files that the system reads. */
  readonly platform?: NodeJS.Platform
  readonly home?: string
}

const title = 'Lifeboat: back up what is due'

export function scheduleEntry({
  command,
  environment,
  platform = process.platform,
  home = homedir(),
}: EntryRequest): ScheduleEntry {
  if (platform === 'darwin') return launchAgent(command, environment, home)
  if (platform === 'win32') return scheduledTask(command, environment, home)
  return systemdTimer(command, environment, home)
}

function systemdTimer(command: readonly string[], environment: EntryRequest['environment'], home: string): ScheduleEntry {
  const folder = join(process.env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd', 'user')
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`)
  const service = [
    ...['[Unit]', `Description=${title}`, ''],
    ...['[Service]', 'Type=oneshot', ...variables, execStart(command)],
    // Gaps, an old proof, an absent disk: all said in the app, and no failure of the system's.
    ...['SuccessExitStatus=3 4 5 6 7 8 10 15 16 130', 'Nice=10', 'IOSchedulingClass=idle', ''],
  ]
  const timer = [
    ...['[Unit]', `Description=${title}`, ''],
    // Persistent: a call that was missed while the computer was off is made up for.
    ...['[Timer]', 'OnCalendar=hourly', 'OnStartupSec=2min', 'RandomizedDelaySec=5min', 'Persistent=true', ''],
    ...['[Install]', 'WantedBy=timers.target', ''],
  ]
  return {
    name: 'lifeboat.timer',
    files: [
      { path: join(folder, 'lifeboat.service'), content: service.join('\n') },
      { path: join(folder, 'lifeboat.timer'), content: timer.join('\n') },
    ],
    install: [
      ['systemctl', '--user', 'daemon-reload'],
      ['systemctl', '--user', 'enable', '--now', 'lifeboat.timer'],
    ],
    remove: [['systemctl', '--user', 'disable', '--now', 'lifeboat.timer']],
    afterRemove: [['systemctl', '--user', 'daemon-reload']],
    status: ['systemctl', '--user', 'is-active', 'lifeboat.timer'],
  }
}

/** Through a shell, because systemd takes no program with blanks or quotes in its name. `:`: no `$` of ours means anything to it. */
function execStart(command: readonly string[]): string {
  return `ExecStart=:/bin/sh -c ${['exec "$@"', 'lifeboat', ...command].map(systemdWord).join(' ')}`
}

/** Quoted as systemd.syntax(7) wants it; `%` is a sign of its own. */
function systemdWord(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}

function launchAgent(command: readonly string[], environment: EntryRequest['environment'], home: string): ScheduleEntry {
  const label = 'app.lifeboat.backup'
  const path = join(home, 'Library', 'LaunchAgents', `${label}.plist`)
  const variables = Object.entries(environment).map(
    ([name, value]) => `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`,
  )
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    <string>${xml(word)}</string>`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>StartInterval</key>
  <integer>3600</integer>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
</dict>
</plist>
`
  const domain = `gui/${userInfo().uid}`
  return {
    name: label,
    files: [{ path, content }],
    install: [['launchctl', 'bootstrap', domain, path]],
    remove: [['launchctl', 'bootout', `${domain}/${label}`]],
    afterRemove: [],
    status: ['launchctl', 'print', `${domain}/${label}`],
  }
}

/**
 * What has a console shows its window when the scheduler starts it, `Hidden` or not: that setting hides the task in the list of
 * tasks. Windows Script Host has none, and starts others without (`Run` with window style 0). Some companies forbid it: then
 * the window is seen for a moment every hour.
 */
function scheduledTask(command: readonly string[], environment: EntryRequest['environment'], home: string): ScheduleEntry {
  const folder = join(home, 'AppData', 'Local', 'Lifeboat')
  const path = join(folder, 'schedule.xml')
  const script = join(folder, 'schedule.js')
  // A task has no environment of its own, so a shell sets it.
  const sets = Object.entries(environment).map(([name, value]) => `set "${name}=${value}" && `)
  const shellArguments = `/d /s /c "${sets.join('')}${command.map((word) => `"${word}"`).join(' ')}"`
  const host = ['//B', '//Nologo', '//E:JScript', script]
  const hostArguments = host.map((word) => (word === script ? `"${word}"` : word)).join(' ')
  return {
    name: 'Lifeboat',
    files: [
      { path, content: taskXml('wscript.exe', hostArguments), encoding: 'utf16le' },
      { path: script, content: hiddenCall(`cmd.exe ${shellArguments}`) },
    ],
    install: [['schtasks', '/Create', '/F', '/TN', 'Lifeboat', '/XML', path]],
    remove: [['schtasks', '/Delete', '/F', '/TN', 'Lifeboat']],
    afterRemove: [],
    status: ['schtasks', '/Query', '/TN', 'Lifeboat'],
    otherwise: {
      probe: ['wscript.exe', ...host, 'probe'],
      exitCode: probed,
      files: [{ path, content: taskXml('cmd.exe', shellArguments), encoding: 'utf16le' }],
    },
  }
}

/** The exit code by which the script shows that it may run. */
const probed = 77

/** Nothing but ASCII: the host would read other letters in the code page of the computer. */
function hiddenCall(line: string): string {
  const text = JSON.stringify(line).replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [
    '// Calls Lifeboat without a window, and ends as it does. Written by "lifeboat schedule install".',
    `if (WScript.Arguments.length > 0) WScript.Quit(${probed});`,
    `WScript.Quit(new ActiveXObject("WScript.Shell").Run(${text}, 0, true));`,
    '',
  ].join('\r\n')
}

/** As the scheduler itself writes its tasks, so that letters of every language in a path arrive. */
function taskXml(program: string, programArguments: string): string {
  return `\ufeff<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>${title}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Repetition>
        <Interval>PT1H</Interval>
      </Repetition>
      <Delay>PT2M</Delay>
    </LogonTrigger>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT1H</Interval>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${program}</Command>
      <Arguments>${xml(programArguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
`
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
