/** What a person does in Google's pages, in the words that stand there. */

export const clientSteps: readonly string[] = [
  'Google lets a program in only if somebody has registered it. You do that once, for yourself; it takes about ten minutes and costs nothing.',
  '  1. Open https://console.cloud.google.com/projectcreate and sign in with the account that you want to back up. Name the project "Lifeboat" and press Create.',
  '  2. Open https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com and press Enable. (Or look them up one by one under "APIs and services", "Library": Gmail API, People API, Google Calendar API, Google Drive API.)',
  '  3. Open https://console.cloud.google.com/auth/overview and press Get started. App name: Lifeboat. Support and contact address: your own. Audience: External. Agree, and press Create.',
  '  4. Open https://console.cloud.google.com/auth/audience and press Publish app, then Confirm. Without this step the sign-in ends after 7 days.',
  '  5. Open https://console.cloud.google.com/auth/clients/create. Application type: Desktop app. Press Create, then Download JSON. Keep the file to yourself.',
  '(Too much? Mail alone also works with an app password: lifeboat account add imap --user YOUR-ADDRESS)',
]

export const warningScreen: readonly string[] = [
  'In the browser Google will say that it has not verified this app. That is because the app is your own: press Advanced, then "Go to Lifeboat".',
  'On the page that asks what Lifeboat may do, tick every box. Lifeboat asks for reading only; it cannot change or delete anything.',
]
