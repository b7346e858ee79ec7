/** The document that the frame of an HTML message holds. Its own policy forbids everything but pictures of the message. */

/** Sandbox of the frame: no scripts, no forms, no windows, no navigation of the page around it. Never add allow-scripts. */
export const frameSandbox = 'allow-same-origin'

const policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const style = `
:root { color-scheme: light; }
html { background: #fff; overflow-x: auto; }
body { margin: 0; padding: 20px 24px; color: #1d2530; background: #fff; font: 15px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
img[data-remote] { min-width: 24px; min-height: 24px; background: repeating-linear-gradient(45deg, #eef0f2 0 6px, #f8f9fa 6px 12px); outline: 1px solid #d6dade; outline-offset: -1px; }
pre { white-space: pre-wrap; }
table { max-width: 100%; }
blockquote { margin: 0 0 0 4px; padding-left: 14px; border-left: 3px solid #d9dee3; }
[data-link] { color: #0b5d8a; text-decoration: underline; cursor: pointer; }
[data-link]:focus-visible { outline: 3px solid #e4572e; outline-offset: 2px; }
@media print { body { padding: 0; } }
`

/** @param body what `cleanHtml` gave; every other wall must hold even when it is not */
export function messageDocument(body: string, language: string): string {
  return (
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">' +
    `<title>-</title><style>${style}</style></head><body>${body}</body></html>`
  )
}
