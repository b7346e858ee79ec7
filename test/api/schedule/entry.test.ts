/** The entry for each system's scheduler, read by that system's own tools or by a parser that is not ours. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scheduleEntry } from '../../../src/api/schedule/entry.ts'
import { entryState, installEntry, removeEntry } from '../../../src/api/schedule/install.ts'
import { describeUnless } from '../../fixtures/corpus.ts'

/** Every sign that means something to a scheduler or to XML. */
const command = ['/opt/node 24/bin/node', '/home/a & b/100% "lifeboat"/$HOME/main.ts', 'schedule', 'run']
const environment = { LIFEBOAT_HOME: '/home/a & b/<settings>' }

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lifeboat-schedule-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const analyze = '/usr/bin/systemd-analyze'

describeUnless(existsSync(analyze) ? null : `no ${analyze}`, 'the systemd user timer', () => {
  it('is accepted by systemd, which runs exactly our command', async () => {
    const program = join(home, '100% "lifeboat" $HOME & more')
    const told = join(home, 'told')
    writeFileSync(program, `#!/bin/sh\necho "$LIFEBOAT_HOME|$*" >> '${told}'\n`)
    chmodSync(program, 0o755)
    const { files } = scheduleEntry({ command: [program, 'schedule', 'run'], environment, platform: 'linux', home })
    for (const { path, content } of files) writeFileSync(join(home, path.split('/').at(-1) ?? ''), content)
    const { status, stderr } = spawnSync(
      analyze,
      ['verify', '--user', join(home, 'lifeboat.service'), join(home, 'lifeboat.timer')],
      {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: home },
      },
    )
    // It warns when it does not know a setting and fails when the program is not there.
    expect([status, stderr.split('\n').filter((line) => line.includes('lifeboat'))]).toEqual([0, []])
  })
})

describe('the launchd agent', () => {
  it('says in a property list what to run, every hour and at login', () => {
    const { files } = scheduleEntry({ command, environment, platform: 'darwin', home })
    const script = 'import plistlib,sys,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: files[0]?.content, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      ProgramArguments: command,
      EnvironmentVariables: environment,
      StartInterval: 3600,
      RunAtLoad: true,
    })
    expect(files[0]?.path).toBe(join(home, 'Library/LaunchAgents/app.lifeboat.backup.plist'))
  })
})

describe('the Task Scheduler entry', () => {
  const command = ['C:\\Users\\Jürgen & 李\\node.exe', 'C:\\100% Lifeboat\\main.ts', 'schedule', 'run']
  const called = `/d /s /c "set "LIFEBOAT_HOME=/home/a & b/<settings>" && ${command.map((word) => `"${word}"`).join(' ')}"`
  const entry = () => scheduleEntry({ command, environment, platform: 'win32', home })
  const script = () => join(home, 'AppData', 'Local', 'Lifeboat', 'schedule.js')
  /** What the scheduler would read. */
  const task = () => {
    const program = `
import sys, json, xml.etree.ElementTree as E
t = E.fromstring(sys.stdin.buffer.read())
n = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
print(json.dumps({'command': t.findtext(f'.//{n}Command'), 'arguments': t.findtext(f'.//{n}Arguments'),
  'intervals': [e.text for e in t.iter(f'{n}Interval')],
  'battery': t.findtext(f'.//{n}DisallowStartIfOnBatteries'), 'level': t.findtext(f'.//{n}RunLevel')}))`
    const written = readFileSync(join(home, 'AppData', 'Local', 'Lifeboat', 'schedule.xml'))
    return JSON.parse(spawnSync('python3', ['-c', program], { input: written, encoding: 'utf8' }).stdout) as unknown
  }
  const times = { intervals: ['PT1H', 'PT1H'], battery: 'false', level: 'LeastPrivilege' }
  /** Answers the call of the probe, as Windows Script Host does, or one that is forbidden. */
  const install = async (probeCode: number) => {
    const { otherwise, ...rest } = entry()
    const probe = [process.execPath, '-e', `process.exit(${probeCode})`]
    await installEntry({ ...rest, remove: [], install: [], ...(otherwise && { otherwise: { ...otherwise, probe } }) })
  }

  it('says in XML what to run, every hour and after logging on, also on battery: a script that shows no window', async () => {
    await install(77)
    expect(task()).toEqual({ command: 'wscript.exe', arguments: `//B //Nologo //E:JScript "${script()}"`, ...times })
    expect(entry().otherwise?.probe).toEqual(['wscript.exe', '//B', '//Nologo', '//E:JScript', script(), 'probe'])
  })

  it('calls the command itself where the computer forbids scripts', async () => {
    await install(1)
    expect(task()).toEqual({ command: 'cmd.exe', arguments: called, ...times })
  })

  it.each([
    ['runs the command without a window, waits for it, and ends as it does', [], [3]],
    ['only says that it may run, where that is asked for', ['probe'], [77]],
  ])('has a script that %s', (_, given, codes) => {
    const { content = '' } = entry().files.find(({ path }) => path === script()) ?? {}
    expect(content).toMatch(/^[\r\n -~]+$/)
    const runs: unknown[][] = []
    const quits: number[] = []
    class ActiveXObject {
      readonly name: string
      constructor(name: string) {
        this.name = name
      }
      Run(...run: unknown[]): number {
        runs.push([this.name, ...run])
        return 3
      }
    }
    const Quit = (code: number) => {
      quits.push(code)
      throw new Error('ended')
    }
    expect(() => runInNewContext(content, { ActiveXObject, WScript: { Arguments: given, Quit } })).toThrow('ended')
    expect(quits).toEqual(codes)
    expect(runs).toEqual(given.length > 0 ? [] : [['WScript.Shell', `cmd.exe ${called}`, 0, true]])
  })
})

describe('installing', () => {
  /** A scheduler that writes down how it is called. */
  function withScheduler(exitCode: number): { readonly calls: () => string[] } {
    const log = join(home, 'calls')
    writeFileSync(
      join(home, 'systemctl'),
      `#!/bin/sh\necho "$*" >> '${log}'\ncase "$*" in *disable*) exit 1;; esac\nexit ${exitCode}\n`,
    )
    chmodSync(join(home, 'systemctl'), 0o755)
    process.env.PATH = `${home}:${process.env.PATH}`
    return { calls: () => readFileSync(log, 'utf8').trimEnd().split('\n') }
  }
  const path = process.env.PATH
  afterEach(() => {
    process.env.PATH = path
  })

  it('writes the files, tells the scheduler, and takes both away again', async () => {
    const { calls } = withScheduler(0)
    const entry = scheduleEntry({ command, environment, platform: 'linux', home })
    expect(await entryState(entry)).toBe('absent')
    await installEntry(entry)
    expect(calls()).toContain('--user enable --now lifeboat.timer')
    expect(await entryState(entry)).toBe('active')
    expect(await removeEntry(entry)).toBe(true)
    expect(await entryState(entry)).toBe('absent')
    expect(await removeEntry(entry)).toBe(false)
  })

  it('says what the system said, and what else can be done, where there is no such scheduler', async () => {
    withScheduler(1)
    await expect(installEntry(scheduleEntry({ command, environment, platform: 'linux', home }))).rejects.toMatchObject({
      code: 'unsupported',
      advice: expect.stringContaining('cron'),
    })
  })
})
