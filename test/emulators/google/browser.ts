/** A person with a browser, as far as the emulator's sign-in pages need one. */
import { request } from 'node:https'

export interface Person {
  readonly email: string
  /** Parts of scopes whose boxes are unticked. */
  readonly untick?: readonly string[]
  /** Presses Cancel. */
  readonly cancel?: boolean
}

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** Signs in at `url` and allows what is asked. @returns where the browser is sent in the end, without going there */
export async function consent(url: string, ca: string, person: Person): Promise<string> {
  const cookies = new Map<string, string>()
  const open = (target: string, form?: URLSearchParams) => call(target, ca, cookies, form)
  const follow = async (first: Answer, base: string): Promise<{ answer: Answer; at: string }> => {
    let answer = first
    let at = base
    while (answer.location !== undefined) {
      at = new URL(answer.location, at).href
      if (new URL(at).protocol === 'http:') return { answer, at }
      answer = await open(at)
    }
    return { answer, at }
  }
  const { answer, at } = await follow(await open(url), url)
  if (new URL(at).protocol === 'http:') return at
  if (answer.status !== 200) throw new Error(`sign-in page: ${answer.status} ${answer.body}`)
  const scopes = [...answer.body.matchAll(/name="scope" value="([^"]*)"/g)].map(([, scope = '']) => scope)
  const form = new URLSearchParams({ email: person.email, answer: person.cancel === true ? 'deny' : 'allow' })
  for (const scope of scopes) if (!person.untick?.some((part) => scope.includes(part))) form.append('scope', scope)
  const end = await follow(await open(at, form), at)
  if (new URL(end.at).protocol !== 'http:') throw new Error(`sign-in ended with ${end.answer.status}: ${end.answer.body}`)
  return end.at
}

function call(url: string, ca: string, cookies: Map<string, string>, form?: URLSearchParams): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = form?.toString()
    const outgoing = request(url, {
      ca,
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
      },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }))
    })
    outgoing.end(body)
  })
}
