/** A proof as one page for a person: no script, no other file, fit for printing and for a screen reader. */
import type { Service } from '../core/types.ts'
import type { AccountProof, Proof, ProofFinding, ServiceProof, Verdict } from './proof.ts'

/** More than these are counted on the page and named in the JSON file beside it. */
const findingsShown = 5
/** Characters of a name that a page shows. */
const nameLength = 60

const words: Readonly<Record<Service, string>> = { mail: 'E-mail', contacts: 'Contacts', calendar: 'Calendars', files: 'Files' }
const nouns: Readonly<Record<Service, string>> = { mail: 'messages', contacts: 'contacts', calendar: 'events', files: 'files' }

const verdicts: Readonly<Record<Verdict, { readonly title: string; readonly mark: string }>> = {
  proven: { title: 'Proven', mark: '✔' },
  'proven-with-exceptions': { title: 'Proven with exceptions', mark: '✔' },
  'not-proven': { title: 'Not proven', mark: '✘' },
}

export function proofPage(proof: Proof): string {
  const { title, mark } = verdicts[proof.verdict]
  const items = sum(proof, ({ items }) => items)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: recovery proof of ${day(proof.ended)}</title>
<style>${style}</style>
</head>
<body class="${proof.verdict}">
<main>
<header>
<p class="kind">Recovery proof</p>
<h1><span class="mark" aria-hidden="true">${mark}</span> ${title}</h1>
<p class="sentence">${sentence(proof, items)}</p>
</header>
${proof.accounts.map((account) => accountSection(account)).join('\n')}
${howSection(proof)}
</main>
</body>
</html>
`
}

/** The verdict in one sentence, as a person would say it. */
function sentence(proof: Proof, items: number): string {
  const on = day(proof.ended)
  const time = duration(proof.accounts.reduce((total, { recoverySeconds }) => total + recoverySeconds, 0))
  const restored = sum(proof, (service) => service.restored)
  switch (proof.verdict) {
    case 'proven':
      return restored < items
        ? `On ${on}, ${count(restored)} of ${count(items)} items were chosen at random and restored from this disk; all came back as they were. Restoring everything would take ${time}.`
        : `On ${on}, everything came back from this disk as it was: ${count(items)} items in ${time}.`
    case 'proven-with-exceptions':
      return `On ${on}, ${count(restored)} of ${count(items)} items were restored from this disk and came back as they were, in ${time} for all of them, except for what is named below.`
    case 'not-proven':
      return `On ${on}, something did not come back as it should. Below stands what it is and what to do.`
  }
}

function accountSection(account: AccountProof): string {
  const { title } = verdicts[account.verdict]
  const id = `account-${hex(account.account)}`
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${text(short(account.account))} <span class="verdict">${title}</span></h2>
<dl class="clock">
<div><dt>Back in</dt><dd>${duration(account.recoverySeconds)}</dd><dd class="goal">you want: ${count(account.goals.recoverHours)} hours at most</dd></div>
<div><dt>Would be lost</dt><dd>${loss(account)}</dd><dd class="goal">you want: ${count(account.goals.loseDays)} days at most</dd></div>
</dl>
<table>
<caption>What was saved, and what came back</caption>
<thead><tr><th scope="col">Kind</th><th scope="col">On the disk</th><th scope="col">Restored</th><th scope="col">Came back as it was</th><th scope="col">Could not be saved</th><th scope="col">Size</th><th scope="col">Time for all</th></tr></thead>
<tbody>
${account.services.map(serviceRow).join('\n')}
</tbody>
</table>
${provider(account)}
${findings('What is wrong', account.faults, 'fault')}
${account.faults.length > 0 ? `<p class="advice">${advice(account)}</p>` : ''}
${findings('Exceptions', account.exceptions, 'exception')}
${account.untested.length > 0 ? `<h3>Not tested</h3>\n<ul>${account.untested.map((each) => `<li>${text(each)}</li>`).join('')}</ul>` : ''}
</section>`
}

function serviceRow({ service, items, restored, identical, pending, bytes, kept, fullSeconds }: ServiceProof): string {
  const also = kept > 0 ? `<br><small>and ${count(kept)} removed since, kept</small>` : ''
  const cells = [count(restored), count(identical), count(pending), size(bytes), duration(fullSeconds)]
  return `<tr><th scope="row">${words[service]}</th><td>${count(items)} ${nouns[service]}${also}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

function loss({ lossSeconds, provider: asked }: AccountProof): string {
  if (lossSeconds === null) return 'everything: no backup has come to its end'
  const since = `what arrived in the last ${duration(lossSeconds)}`
  return asked.asked ? `${since} (${count(asked.arrived)} new, ${count(asked.changed)} changed)` : since
}

function provider({ provider: proof }: AccountProof): string {
  if (!proof.asked) return ''
  return `<p>The provider listed ${count(proof.listed)} items. ${count(proof.sampled)} of them were fetched again at random: ${count(proof.identical)} are on the disk exactly as the provider has them. Since the last backup ${count(proof.arrived)} arrived, ${count(proof.changed)} changed and ${count(proof.removed)} were removed there.</p>`
}

function findings(title: string, all: readonly ProofFinding[], kind: string): string {
  if (all.length === 0) return ''
  const shown = all.slice(0, findingsShown).map((finding) => {
    const where = [
      finding.service === null ? '' : words[finding.service],
      short(finding.collection.join('/')),
      short(finding.title),
      day(finding.date),
    ]
    const name = where.filter((part) => part !== '').join(' · ')
    return `<li>${name === '' ? '' : `<strong>${text(name)}</strong>: `}${text(finding.text)}</li>`
  })
  const more = all.length - shown.length
  if (more > 0) shown.push(`<li>… and ${count(more)} more; the file of the same name that ends in .json names them.</li>`)
  return `<h3>${title}</h3>\n<ul class="${kind}">${shown.join('')}</ul>`
}

function advice({ account, faults }: AccountProof): string {
  const damaged = faults.some(({ text: why }) => /not what was saved|damaged|missing|not in its file/.test(why))
  return damaged
    ? 'What to do: delete nothing. If there is another copy of this disk, copy the named files from it. Then run <code>lifeboat backup</code> and <code>lifeboat drill</code> again.'
    : `What to do: run <code>lifeboat backup</code> for ${text(account)} and then <code>lifeboat drill</code> again. If the same is named again, look at it in the account and on the disk.`
}

function howSection(proof: Proof): string {
  const rows = proof.steps.map((step) => `<li>${text(step.text)} <span class="seconds">(${duration(step.seconds)})</span></li>`)
  return `<section aria-labelledby="how">
<h2 id="how">How it was tested</h2>
<ol>${rows.join('')}</ol>
<p>${count(proof.files)} files with ${size(proof.bytes)} were read. It was restored to ${text(proof.target)}. Times are those of this computer and this disk; through the internet it takes longer.</p>
<dl class="facts">
<div><dt>Tested</dt><dd>${text(moment(proof.started))} to ${text(moment(proof.ended))}</dd></div>
<div><dt>Backups</dt><dd>${proof.accounts.map(({ account, run }) => `${text(account)}: ${text(run)}`).join('<br>')}</dd></div>
<div><dt>Vault</dt><dd><code>${text(proof.vaultId)}</code></dd></div>
<div><dt>SHA-256 of the list of checksums</dt><dd><code>${text(proof.manifestSha256)}</code></dd></div>
<div><dt>Program</dt><dd>${text(proof.program)}</dd></div>
</dl>
</section>`
}

function sum(proof: Proof, of: (service: ServiceProof) => number): number {
  return proof.accounts.flatMap(({ services }) => services).reduce((total, service) => total + of(service), 0)
}

/** Nothing of a message may become markup or turn the direction of what stands beside it. */
function text(value: string): string {
  return value
    .toWellFormed()
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .slice(0, 500)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function short(value: string): string {
  const characters = [...value]
  return characters.length <= nameLength ? value : `${characters.slice(0, nameLength - 1).join('')}…`
}

function hex(value: string): string {
  return Buffer.from(value.slice(0, 100)).toString('hex')
}

const numbers = new Intl.NumberFormat('en')
const count = (value: number): string => numbers.format(value)

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${value.toFixed(unit > 0 && value < 9.95 ? 1 : 0)} ${units[unit]}`
}

/** `47 minutes`, rounded as a person would. */
function duration(seconds: number): string {
  const plural = (value: number, unit: string) => `${count(value)} ${unit}${value === 1 ? '' : 's'}`
  if (seconds < 1) return 'less than a second'
  if (seconds < 100) return plural(Math.round(seconds), 'second')
  if (seconds < 100 * 60) return plural(Math.round(seconds / 60), 'minute')
  if (seconds < 48 * 3600) return plural(Math.round(seconds / 3600), 'hour')
  return plural(Math.round(seconds / 86_400), 'day')
}

const longDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })
const longMoment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' })

function day(date: string): string {
  const time = Date.parse(date)
  return Number.isNaN(time) ? '' : longDay.format(time)
}

function moment(date: string): string {
  const time = Date.parse(date)
  return Number.isNaN(time) ? date : longMoment.format(time)
}

const style = `
:root { color-scheme: light; --good: #14653b; --bad: #a01c1c; --ink: #1c2126; --soft: #535d66; --line: #d5dade }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: #fff }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.25rem 3rem }
header { border-left: .5rem solid var(--good); padding: .25rem 0 .25rem 1.25rem; margin-bottom: 1.5rem }
.not-proven header { border-color: var(--bad) }
.kind { margin: 0; color: var(--soft); font-size: .95rem }
h1 { margin: .1rem 0 .3rem; font-size: 2.2rem; line-height: 1.15; color: var(--good) }
.not-proven h1 { color: var(--bad) }
.sentence { margin: 0; font-size: 1.15rem; max-width: 44rem }
h2 { font-size: 1.25rem; margin: 1.75rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere }
h2 .verdict { font-weight: 400; font-size: 1rem; color: var(--soft); margin-left: .5rem }
h3 { font-size: 1rem; margin: 1rem 0 .25rem }
dl { margin: 0 }
.clock { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0 1rem }
.clock div { flex: 1 1 16rem; border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem }
.clock dt { color: var(--soft); font-size: .9rem }
.clock dd { margin: 0; font-size: 1.15rem; font-weight: 600 }
.clock .goal { font-size: .85rem; font-weight: 400; color: var(--soft) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { text-align: right; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top }
th:first-child { text-align: left }
thead th { font-weight: 600; color: var(--soft); font-size: .85rem }
ul, ol { margin: .25rem 0 .75rem; padding-left: 1.4rem }
li { overflow-wrap: anywhere }
.fault { color: var(--bad) }
.advice { font-weight: 600 }
.seconds { color: var(--soft) }
.facts div { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .15rem 0; font-size: .9rem }
.facts dt { color: var(--soft); flex: 0 0 15rem }
.facts dd { margin: 0; flex: 1 1 20rem; overflow-wrap: anywhere }
@media print { @page { margin: 12mm } body { font-size: 9.5pt; line-height: 1.35 } main { max-width: none; padding: 0 } h1 { font-size: 22pt } table, .clock, li { break-inside: avoid } h2, h3 { break-after: avoid } }
@media (max-width: 40rem) { table { font-size: .85rem } th, td { padding: .3rem .25rem } }
`
