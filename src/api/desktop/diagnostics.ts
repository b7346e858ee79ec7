/** What a person can send to somebody who helps: how things stand, without a name, an address, a subject or a secret. */
import { readFile } from 'node:fs/promises'
import { arch, homedir, platform, release, userInfo } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../core/json.ts'
import { version } from '../version.ts'
import type { Home } from './contract.ts'

const mostLines = 60
/** Settings that are names, whatever stands in them. */
const telling: readonly string[] = ['host', 'user', 'name', 'admin']

/** `places`: names of servers, users and files in the settings of accounts. */
export async function diagnostics(home: Home, places: readonly string[], logFolder: string): Promise<string> {
  const hide = redactor(home, places)
  const log = (await readFile(join(logFolder, 'lifeboat.jsonl'), 'utf8').catch(() => '')).trimEnd().split('\n').slice(-mostLines)
  const lines = [
    `Lifeboat ${version()}, ${platform()} ${release()} ${arch()}, Node ${process.versions.node}`,
    `Now ${home.now}. Verdict: ${home.verdict.level}, ${home.verdict.reason}. Every: ${home.settings.every}.`,
    ...home.accounts.map(
      (account, at) =>
        `Account ${at + 1}: ${account.configured ? `${account.browserSignIn === null ? 'password' : 'browser'} sign-in` : 'not set up here'}; safe ${account.safeAsOf ?? 'never'}; proven ${account.provenAt ?? 'never'}; ` +
        `missing ${account.missing}; ${account.services.map(({ service, items, bytes }) => `${service} ${items}/${bytes}`).join(' ')}` +
        (account.problem === null ? '' : `; problem ${account.problem.code}: ${account.problem.message}`),
    ),
    ...home.disks.map(
      (disk, at) =>
        `Disk ${at + 1}: ${disk.folder === null ? 'away' : 'here'}; free ${disk.free ?? '?'}; last ${disk.lastSuccess ?? 'never'}; due ${disk.due ?? 'by hand'}` +
        (disk.failure === null ? '' : `; failure ${disk.failure.code}: ${disk.failure.message}`),
    ),
    'Log:',
    ...log,
  ]
  return `${hide(lines.join('\n'))}\n`
}

/** What settings name: of an address of a server, its host too. */
export function namesIn(settings: JsonObject): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    // `tls` and its like tell nothing.
    if (typeof value !== 'string' || !(telling.includes(key) || /[./\\@]/.test(value))) return []
    return URL.canParse(value) ? [value, new URL(value).hostname] : [value]
  })
}

/** Everything that could tell whose this is. */
function redactor(home: Home, places: readonly string[]): (text: string) => string {
  const names = [
    ...home.accounts.flatMap(({ id, person }) => [id, ...(person === null ? [] : [person])]),
    ...home.disks.flatMap(({ name, folder, lastFolder }) => [folder ?? '', lastFolder, name]),
    ...places,
    homedir(),
    userInfo().username,
  ]
  // In the log they stand as JSON writes them.
  const known = [...new Set(names.flatMap((name) => [name, JSON.stringify(name).slice(1, -1)]))]
    .filter((name) => name.length > 2)
    .toSorted((a, b) => b.length - a.length)
  return (text) => {
    let hidden = text
    for (const name of known) hidden = hidden.replaceAll(name, '‹hidden›')
    return hidden
      .replaceAll(/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*/gu, '‹address›')
      .replaceAll(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '‹host›')
      .replaceAll(/\b(?:[\p{L}\p{N}-]+\.)+(?:com|org|net|de|io|eu|me|uk|fr|ch|at|example)\b/giu, '‹host›')
  }
}
