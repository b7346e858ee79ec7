/** Where providers let people ask for a locked account. Only pages of the providers themselves. */
export const recoveryPages: readonly { readonly name: string; readonly page: string; readonly fits: RegExp }[] = [
  { name: 'Google', page: 'https://accounts.google.com/signin/recovery', fits: /google|gmail/i },
  { name: 'Apple', page: 'https://iforgot.apple.com/', fits: /icloud|apple|@(?:me|mac)\.com$/i },
  { name: 'Microsoft', page: 'https://account.live.com/acsr', fits: /outlook|hotmail|live|microsoft/i },
  { name: 'Yahoo', page: 'https://login.yahoo.com/forgot', fits: /yahoo|aol/i },
  { name: 'GMX', page: 'https://hilfe.gmx.net/', fits: /gmx/i },
  { name: 'WEB.DE', page: 'https://hilfe.web.de/', fits: /web\.de/i },
  { name: 'Fastmail', page: 'https://app.fastmail.com/recovery', fits: /fastmail/i },
  { name: 'mailbox.org', page: 'https://kb.mailbox.org/', fits: /mailbox\.org/i },
  { name: 'Posteo', page: 'https://posteo.de/hilfe', fits: /posteo/i },
]
