/** A person with a browser, as far as the emulator's sign-in pages need one. */
import { Browser } from '../shared/browser.ts'

export interface Person {
  readonly email: string
  /** Parts of scopes whose boxes are unticked. */
  readonly untick?: readonly string[]
  /** Presses Cancel. */
  readonly cancel?: boolean
}

/** Signs in at `url` and allows what is asked. @returns where the browser is sent in the end, without going there */
export async function consent(url: string, ca: string, person: Person): Promise<string> {
  const browser = new Browser(ca)
  const { answer, at } = await browser.follow(url)
  if (new URL(at).protocol === 'http:') return at
  if (answer.status !== 200) throw new Error(`sign-in page: ${answer.status} ${answer.body}`)
  const scopes = [...answer.body.matchAll(/name="scope" value="([^"]*)"/g)].map(([, scope = '']) => scope)
  const form = new URLSearchParams({ email: person.email, answer: person.cancel === true ? 'deny' : 'allow' })
  for (const scope of scopes) if (!person.untick?.some((part) => scope.includes(part))) form.append('scope', scope)
  const end = await browser.follow(at, form)
  if (new URL(end.at).protocol !== 'http:') throw new Error(`sign-in ended with ${end.answer.status}: ${end.answer.body}`)
  return end.at
}
