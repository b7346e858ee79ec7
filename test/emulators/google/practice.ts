/**
 * `npm run practice`: a Google account to rehearse with (sign-in, backup, a lockout and the way out) that touches no real
 * account. It lives as long as this command runs.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Google, type GoogleUser } from './google.ts'

const email = 'practice@example.com'
/** Of the same person, empty: what was saved can go into it. */
const second = 'second@example.com'
const project = resolve(import.meta.dirname, '../../..')

const google = await Google.start()
const user = google.addUser(email)
fill(user)
google.addUser(second)
const folder = resolve('Lifeboat practice')
mkdirSync(folder, { recursive: true })
const clientFile = join(folder, 'client_secret_practice.json')
writeFileSync(clientFile, `${JSON.stringify(google.clientFile(), null, 2)}\n`, { mode: 0o600 })

say(`A practice account is running: ${email}

In another terminal:
  lifeboat account add google --id practice --client-file "${clientFile}" --secrets file
  lifeboat backup --vault "${join(folder, 'vault')}" --account practice

The way back, into another account of the same person (type its address in the browser):
  lifeboat account add google --id second --user ${second} --client-file "${clientFile}" --secrets file
  lifeboat account signin second --for-restore
  lifeboat restore --vault "${join(folder, 'vault')}" --account practice --to second

Your browser will warn of the practice account's certificate: go on. (With Google itself, never do that.)

Here you can type:
  mail     a new message arrives
  lock     Google locks the account: back up again, and see what you still have
  unlock   Google opens it again: lifeboat account signin practice
  quit     both accounts are gone; afterwards: lifeboat account remove practice (and second)`)

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'quit') break
  say(answer(line.trim()))
}
await google.stop()
// What still could be typed would keep it alive.
process.stdin.destroy()

function answer(command: string): string {
  switch (command) {
    case 'mail':
      user.gmail.add(
        `From: a friend <friend@example.org>\r\nTo: ${email}\r\nSubject: Just arrived\r\n\r\nHello!\r\n`,
        undefined,
        new Date().toISOString(),
      )
      return 'A message has arrived.'
    case 'lock':
      google.signIn.lock(email)
      return 'The account is locked.'
    case 'unlock':
      google.signIn.unlock(email)
      return 'The account is open again. Every program has to sign in anew.'
    default:
      return 'Type mail, lock, unlock or quit.'
  }
}

function fill({ gmail, people, calendar, drive }: GoogleUser): void {
  const samples = join(project, 'assets', 'sample-account')
  for (const name of readdirSync(samples, { recursive: true, encoding: 'utf8' })) {
    const [, time, flags = ''] = /(?:cur|new)[\\/](\d+)\.[^\\/]*?(?:[:;]2,(\w*))?$/.exec(name) ?? []
    if (time === undefined) continue
    const labels = [
      /^Sent/.test(name) ? 'SENT' : 'INBOX',
      ...(flags.includes('S') ? [] : ['UNREAD']),
      ...(flags.includes('F') ? ['STARRED'] : []),
    ]
    gmail.add(readFileSync(join(samples, name)), labels, new Date(Number(time) * 1_000).toISOString())
  }
  people.add({
    names: [{ displayName: 'Ada Lovelace', givenName: 'Ada', familyName: 'Lovelace' }],
    emailAddresses: [{ value: 'ada@example.org' }],
  })
  const start = { dateTime: '2026-01-05T10:00:00+01:00', timeZone: 'Europe/Berlin' }
  const end = { dateTime: '2026-01-05T10:30:00+01:00', timeZone: 'Europe/Berlin' }
  calendar.primary.put({ summary: 'Tea', start, end, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] })
  const letters = drive.folder('Letters')
  drive.add('To the bank.txt', { parent: letters.id, mimeType: 'text/plain', content: 'Dear bank,\n' })
  drive.add('Survey', { mimeType: 'application/vnd.google-apps.form' })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
