/** The pages of Microsoft's sign-in, and how answers are sent. */
import type { ServerResponse } from 'node:http'

export function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}

export function html(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(text)
}

export function consentPage(scopes: readonly string[], hint: string): string {
  const list = scopes.map((scope) => `<li>${escaped(scope)}</li>`)
  return page(
    'Permissions requested',
    `<p>This is a practice account, not Microsoft.</p>
    <form method="post"><p><label>E-mail <input name="email" value="${escaped(hint)}"></label></p>
    <p>Lifeboat would like to:</p><ul>${list.join('')}</ul>
    <p><button name="answer" value="accept">Accept</button> <button name="answer" value="cancel">Cancel</button></p></form>`,
  )
}

export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body>${body}</body></html>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
