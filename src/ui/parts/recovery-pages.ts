/** Where providers let people ask for a locked account. Only pages of the providers themselves. */
/** `fits`: an account's name and place, e.g. `anna@me.com icloud.com`. A word alone may be part of somebody's name. */
export const recoveryPages: readonly { readonly name: string; readonly page: string; readonly fits: RegExp }[] = [
  { name: 'Google', page: 'https://accounts.google.com/signin/recovery', fits: /\b(?:google|googlemail|gmail)\b/i },
  { name: 'Apple', page: 'https://iforgot.apple.com/', fits: /\bicloud\b|\bapple\b|\b(?:me|mac)\.com\b/i },
  {
    name: 'Microsoft',
    page: 'https://account.live.com/acsr',
    fits: /\b(?:outlook|hotmail|live|msn)\.[a-z]|\bmicrosoft\b|\boffice365\b/i,
  },
  { name: 'Yahoo', page: 'https://login.yahoo.com/forgot', fits: /\b(?:yahoo|aol)\b/i },
  { name: 'GMX', page: 'https://hilfe.gmx.net/', fits: /\bgmx\b/i },
  { name: 'WEB.DE', page: 'https://hilfe.web.de/', fits: /\bweb\.de\b/i },
  { name: 'Fastmail', page: 'https://app.fastmail.com/recovery', fits: /\bfastmail\b/i },
  { name: 'mailbox.org', page: 'https://kb.mailbox.org/', fits: /\bmailbox\.org\b/i },
  { name: 'Posteo', page: 'https://posteo.de/hilfe', fits: /\bposteo\b/i },
]
