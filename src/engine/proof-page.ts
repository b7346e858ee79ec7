/** A proof as one page for a person: no script, no other file, fit for printing and for a screen reader. */

import type { Service } from '../core/account.ts'
import { sentenceIn } from '../core/sentences.ts'
import type { AccountProof, Proof, ProofFinding, ServiceProof, Verdict } from './proof.ts'
import { type ProofLanguage, type ProofWords, proofWords } from './proof-words.ts'

/** More than these are counted on the page and named in the JSON file beside it. */
const findingsShown = 5
/** Characters of a name that a page shows. */
const nameLength = 60

const marks: Readonly<Record<Verdict, string>> = { proven: '✔', 'proven-with-exceptions': '✔', 'not-proven': '✘' }

export function proofPage(proof: Proof, language: ProofLanguage = 'en'): string {
  return new ProofPage(proof, language).html()
}

class ProofPage {
  readonly #proof: Proof
  readonly #language: ProofLanguage
  readonly #words: ProofWords
  readonly #numbers: Intl.NumberFormat
  readonly #days: Intl.DateTimeFormat
  readonly #moments: Intl.DateTimeFormat

  constructor(proof: Proof, language: ProofLanguage) {
    this.#proof = proof
    this.#language = language
    this.#words = proofWords[language]
    const { locale } = this.#words
    this.#numbers = new Intl.NumberFormat(locale)
    this.#days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
    this.#moments = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' })
  }

  html(): string {
    const { verdict, ended, accounts } = this.#proof
    const title = this.#words.verdicts[verdict]
    return `<!doctype html>
<html lang="${this.#language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${this.#words.title(title, this.#day(ended))}</title>
<style>${style}</style>
</head>
<body class="${verdict}">
<main>
<header>
<p class="kind">${this.#words.kind}</p>
<h1><span class="mark" aria-hidden="true">${marks[verdict]}</span> ${title}</h1>
<p class="sentence">${this.#sentence()}</p>
</header>
${accounts.map((account) => this.#account(account)).join('\n')}
${this.#how()}
</main>
</body>
</html>
`
  }

  /** The verdict in one sentence, as a person would say it. */
  #sentence(): string {
    const { verdict, ended, accounts } = this.#proof
    const [items, restored] = [this.#sum(({ items }) => items), this.#sum((service) => service.restored)]
    return this.#words.sentence[verdict]({
      on: this.#day(ended),
      items: this.#count(items),
      restored: this.#count(restored),
      time: this.#recovery(
        accounts.reduce((total, { recoverySeconds }) => total + recoverySeconds, 0),
        accounts.flatMap(({ untimed = [] }) => untimed),
      ),
      isSample: restored < items,
      isPart: accounts.some(({ untimed = [] }) => untimed.length > 0),
    })
  }

  /** With what the time is without. */
  #recovery(seconds: number, untimed: readonly Service[] = []): string {
    if (untimed.length === 0) return this.#duration(seconds)
    const { nouns, locale, without } = this.#words
    const kinds = [...new Set(untimed)].map((service) => nouns[service][1])
    return `${this.#duration(seconds)} ${without(new Intl.ListFormat(locale).format(kinds))}`
  }

  #account(account: AccountProof): string {
    const words = this.#words
    const id = `account-${hex(account.account)}`
    const { recoverHours, loseDays } = account.goals
    return `<section aria-labelledby="${id}">
<h2 id="${id}">${text(short(account.account))} <span class="verdict">${words.verdicts[account.verdict]}</span></h2>
<dl class="clock">
<div><dt>${words.backIn}</dt><dd>${this.#recovery(account.recoverySeconds, account.untimed)}</dd><dd class="goal">${words.wantHours(this.#count(recoverHours))}</dd></div>
<div><dt>${words.lost}</dt><dd>${this.#loss(account)}</dd><dd class="goal">${words.wantDays(this.#count(loseDays))}</dd></div>
</dl>
<table>
<caption>${words.caption}</caption>
<thead><tr>${words.columns.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${account.services.map((service) => this.#serviceRow(service)).join('\n')}
</tbody>
</table>
${this.#provider(account)}
${this.#findings(words.faults, account.faults, 'fault')}
${account.faults.length > 0 ? `<p class="advice">${this.#advice(account)}</p>` : ''}
${this.#findings(words.exceptions, account.exceptions, 'exception')}
${account.untested.length > 0 ? `<h3>${words.untested}</h3>\n<ul>${account.untested.map((each) => `<li>${this.#said(each)}</li>`).join('')}</ul>` : ''}
</section>`
  }

  #serviceRow({ service, items, restored, identical, pending, bytes, kept, fullSeconds }: ServiceProof): string {
    const { services, nouns, kept: keptWords } = this.#words
    const also = kept > 0 ? `<br><small>${keptWords(this.#count(kept))}</small>` : ''
    const counts = [restored, identical, pending].map((value) => this.#count(value))
    const isUntimed = items > 0 && restored === 0
    const cells = [...counts, this.#size(bytes), isUntimed ? '–' : this.#duration(fullSeconds)]
    return `<tr><th scope="row">${services[service]}</th><td>${this.#count(items)} ${nouns[service][items === 1 ? 0 : 1]}${also}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  }

  #loss({ lossSeconds, provider: asked }: AccountProof): string {
    if (lossSeconds === null) return this.#words.losesAll
    const loses = this.#words.loses(this.#duration(lossSeconds))
    return asked.asked ? `${loses} (${this.#words.since(this.#count(asked.arrived), this.#count(asked.changed))})` : loses
  }

  #provider({ provider: proof }: AccountProof): string {
    if (!proof.asked) return ''
    const { listed, sampled, identical, arrived, changed, removed } = proof
    return `<p>${this.#words.provider({
      ...{ listed: this.#count(listed), sampled: this.#count(sampled), identical: this.#count(identical) },
      ...{ arrived: this.#count(arrived), changed: this.#count(changed), removed: this.#count(removed) },
    })}</p>`
  }

  #findings(title: string, all: readonly ProofFinding[], kind: string): string {
    if (all.length === 0) return ''
    const shown = all.slice(0, findingsShown).map((finding) => {
      const where = [
        finding.service === null ? '' : this.#words.services[finding.service],
        short(finding.collection.join('/')),
        short(finding.title),
        this.#day(finding.date),
      ]
      const name = where.filter((part) => part !== '').join(' · ')
      return `<li>${name === '' ? '' : `<strong>${text(name)}</strong>: `}${this.#said(finding.text)}</li>`
    })
    const more = all.length - shown.length
    if (more > 0) shown.push(`<li>${this.#words.more(this.#count(more))}</li>`)
    return `<h3>${title}</h3>\n<ul class="${kind}">${shown.join('')}</ul>`
  }

  /** A sentence of the drill's; what is in another language says so, for who has it read aloud. */
  #said(sentence: string): string {
    const said = sentenceIn(this.#language, sentence)
    return said.language === this.#language ? text(said.text) : `<span lang="${said.language}">${text(said.text)}</span>`
  }

  #advice({ account, faults }: AccountProof): string {
    const damaged = faults.some(({ text: why }) => /not what was saved|damaged|missing|not in its file/.test(why))
    return damaged ? this.#words.adviceDamaged : this.#words.advice(text(account))
  }

  #how(): string {
    const { steps, files, bytes, target, started, ended, accounts, vaultId, manifestSha256, program } = this.#proof
    const rows = steps.map(
      (step) => `<li>${this.#said(step.text)} <span class="seconds">(${this.#duration(step.seconds)})</span></li>`,
    )
    const { facts, until, how, read } = this.#words
    const values = [
      `${text(this.#moment(started))} ${until} ${text(this.#moment(ended))}`,
      accounts.map(({ account, run }) => `${text(account)}: ${text(run)}`).join('<br>'),
      `<code>${text(vaultId)}</code>`,
      `<code>${text(manifestSha256)}</code>`,
      text(program),
    ]
    return `<section aria-labelledby="how">
<h2 id="how">${how}</h2>
<ol>${rows.join('')}</ol>
<p>${read(this.#count(files), this.#size(bytes), this.#said(target))}</p>
<dl class="facts">
${facts.map((fact, n) => `<div><dt>${fact}</dt><dd>${values[n]}</dd></div>`).join('\n')}
</dl>
</section>`
  }

  #sum(of: (service: ServiceProof) => number): number {
    return this.#proof.accounts.flatMap(({ services }) => services).reduce((total, service) => total + of(service), 0)
  }

  #count(value: number): string {
    return this.#numbers.format(value)
  }

  #size(bytes: number): string {
    const units = [this.#words.byteUnit, 'kB', 'MB', 'GB', 'TB']
    let value = bytes
    let unit = 0
    for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
    const digits = unit > 0 && value < 9.95 ? 1 : 0
    const shown = value.toLocaleString(this.#words.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    return `${shown} ${units[unit]}`
  }

  /** `47 minutes`, rounded as a person would. */
  #duration(seconds: number): string {
    const { instant, units } = this.#words
    const plural = (value: number, [one, many]: readonly [string, string]) => `${this.#count(value)} ${value === 1 ? one : many}`
    if (seconds < 1) return instant
    if (seconds < 100) return plural(Math.round(seconds), units.second)
    if (seconds < 100 * 60) return plural(Math.round(seconds / 60), units.minute)
    if (seconds < 48 * 3600) return plural(Math.round(seconds / 3600), units.hour)
    return plural(Math.round(seconds / 86_400), units.day)
  }

  #day(date: string): string {
    const time = Date.parse(date)
    return Number.isNaN(time) ? '' : this.#days.format(time)
  }

  #moment(date: string): string {
    const time = Date.parse(date)
    return Number.isNaN(time) ? date : this.#moments.format(time)
  }
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
@media print { @page { margin: 12mm } body { font-size: 9pt; line-height: 1.3 } main { max-width: none; padding: 0 } header { margin-bottom: .75rem } h1 { font-size: 20pt } h2 { margin-top: .75rem; padding-top: .5rem } th, td { padding: .15rem .4rem } table, .clock, li { break-inside: avoid } h2, h3 { break-after: avoid } }
@media (max-width: 40rem) { table { font-size: .85rem } th, td { padding: .3rem .25rem } }
`
