/** What the command tells a person about Microsoft's pages, around the steps of the registration. */

export const registerOnce =
  'Microsoft lets a program in only if somebody has registered it. You do that once, for yourself; it takes about five minutes and costs nothing.'

export const consentScreen: readonly string[] = [
  'In the browser Microsoft will list what Lifeboat asks for: reading only. It cannot change or delete anything. Press Accept.',
  'If Microsoft shows an error with a number instead, nothing comes back here: press Ctrl+C. AADSTS50011 means that the redirect URI of the registration is not http://localhost, AADSTS700016 that the id is not that of the registration.',
]

export const certificateSteps: readonly string[] = [
  'For the people of an organisation Lifeboat signs in for itself, with a certificate. An administrator registers it once:',
  '  1. Open https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade. Name: Lifeboat. Accounts in this organizational directory only. Press Register, and note the "Application (client) ID".',
  '  2. Make a certificate: openssl req -x509 -newkey rsa:3072 -nodes -days 730 -subj /CN=Lifeboat -keyout lifeboat.key -out lifeboat.crt',
  '  3. Under Certificates and secrets, Certificates, upload lifeboat.crt.',
  '  4. Put both into one file and keep it to yourself: cat lifeboat.crt lifeboat.key > lifeboat.pem',
]
