/** What the command tells a person about Google's pages, around the steps of the registration. */

export const registerOnce =
  'Google lets a program in only if somebody has registered it. You do that once, for yourself; it takes about ten minutes and costs nothing.'

export const mailAlone = '(Too much? Mail alone also works with an app password: lifeboat account add imap --user YOUR-ADDRESS)'

export const warningScreen: readonly string[] = [
  'In the browser Google will say that it has not verified this app. That is because the app is your own: press Advanced, then "Go to Lifeboat".',
  'On the page that asks what Lifeboat may do, tick every box. Lifeboat asks for reading only; it cannot change or delete anything.',
]
