/** A browser as far as the emulators' sign-in pages need one: cookies, redirects, forms. */
import { request } from 'node:https'

export interface PageAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

export class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #ca: string

  constructor(ca: string) {
    this.#ca = ca
  }

  /** Opens a page and goes where it is sent, up to an address without encryption: that one is not opened. */
  async follow(url: string, form?: URLSearchParams): Promise<{ readonly answer: PageAnswer; readonly at: string }> {
    let at = url
    let answer = await this.open(url, form)
    while (answer.location !== undefined) {
      at = new URL(answer.location, at).href
      if (new URL(at).protocol === 'http:') break
      answer = await this.open(at)
    }
    return { answer, at }
  }

  open(url: string, form?: URLSearchParams): Promise<PageAnswer> {
    return new Promise((resolve, reject) => {
      const body = form?.toString()
      const outgoing = request(url, {
        ca: this.#ca,
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'text/html',
          cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
        },
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          this.#cookies.set(name, value)
        }
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }))
      })
      outgoing.end(body)
    })
  }
}
