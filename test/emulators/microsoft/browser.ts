/** A person with a browser, as far as Microsoft's sign-in pages need one. */
import { request } from 'node:http'
import { Browser } from '../shared/browser.ts'

export interface Person {
  readonly email: string
  /** Scopes that are not granted. */
  readonly decline?: readonly string[]
  /** Presses Cancel. */
  readonly cancel?: boolean
}

/** Signs in at `url`, accepts, and lets the browser post the answer to this computer. @returns the page that is shown there */
export async function consent(url: string, ca: string, person: Person): Promise<string> {
  const end = await accept(new Browser(ca), url, person)
  const { action, fields } = formOf(end.body)
  return await post(action, fields)
}

/** Types the code at `url` and accepts. @returns the last page */
export async function enterCode(url: string, code: string, ca: string, person: Person): Promise<string> {
  const browser = new Browser(ca)
  const first = await browser.follow(url)
  const typed = formOf(first.answer.body)
  typed.fields.set('user_code', code)
  const second = await browser.follow(new URL(typed.action || first.at, first.at).href, typed.fields)
  const confirmed = formOf(second.answer.body)
  confirmed.fields.set('confirm', 'yes')
  const third = await browser.follow(new URL(confirmed.action || second.at, second.at).href, confirmed.fields)
  return (await decide(browser, third.at, person)).body
}

async function accept(browser: Browser, url: string, person: Person) {
  const { answer, at } = await browser.follow(url)
  if (answer.status !== 200) throw new Error(`sign-in page: ${answer.status} ${answer.body}`)
  return await decide(browser, at, person)
}

async function decide(browser: Browser, at: string, person: Person) {
  const form = new URLSearchParams({ email: person.email, answer: person.cancel === true ? 'cancel' : 'accept' })
  for (const scope of person.decline ?? []) form.append('decline', scope)
  const { answer } = await browser.follow(at, form)
  // A refusal is posted to this computer, too.
  if (answer.status !== 200 && !answer.body.includes('action="http://localhost'))
    throw new Error(`sign-in ended with ${answer.status}: ${answer.body}`)
  return answer
}

function formOf(html: string): { readonly action: string; readonly fields: URLSearchParams } {
  const action = /<form[^>]*\saction="([^"]*)"/.exec(html)?.[1] ?? ''
  const inputs = [...html.matchAll(/<input[^>]*\sname="([^"]*)"(?:[^>]*\svalue="([^"]*)")?/g)]
  return {
    action: text(action),
    fields: new URLSearchParams(inputs.map(([, name = '', value = '']): [string, string] => [text(name), text(value)])),
  }
}

function text(escaped: string): string {
  return escaped
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function post(url: string, fields: URLSearchParams): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = fields.toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const outgoing = request(url, { method: 'POST', agent: false, headers, family: 4 })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let page = ''
      response.setEncoding('utf8').on('data', (part: string) => (page += part))
      response.on('end', () => resolve(page))
    })
    outgoing.end(body)
  })
}
