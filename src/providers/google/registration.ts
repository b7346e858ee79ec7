/** What a person does once in Google's pages, so that Google lets this program in. */
import type { Registration } from '../../core/sign-in.ts'
import { readClientFile } from './client-file.ts'

export const registration: Registration = {
  given: 'file',
  steps: {
    en: [
      'Open https://console.cloud.google.com/projectcreate and sign in with the account that you want to back up. Name the project “Lifeboat” and press Create.',
      'Open https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com and press Enable. (Or look them up one by one under “APIs and services”, “Library”: Gmail API, People API, Google Calendar API, Google Drive API.)',
      'Open https://console.cloud.google.com/auth/overview and press Get started. App name: Lifeboat. Support and contact address: your own. Audience: External. Agree, and press Create.',
      'Open https://console.cloud.google.com/auth/audience and press Publish app, then Confirm. Without this step the sign-in ends after 7 days.',
      'Open https://console.cloud.google.com/auth/clients/create. Application type: Desktop app. Press Create, then Download JSON. Keep the file to yourself.',
    ],
    de: [
      'Öffnen Sie https://console.cloud.google.com/projectcreate und melden Sie sich mit dem Konto an, das Sie sichern wollen. Nennen Sie das Projekt „Lifeboat“ und drücken Sie „Erstellen“.',
      'Öffnen Sie https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com und drücken Sie „Aktivieren“. (Oder suchen Sie sie einzeln unter „APIs und Dienste“, „Bibliothek“: Gmail API, People API, Google Calendar API, Google Drive API.)',
      'Öffnen Sie https://console.cloud.google.com/auth/overview und drücken Sie „Jetzt starten“. App-Name: Lifeboat. Support- und Kontaktadresse: Ihre eigene. Zielgruppe: Extern. Stimmen Sie zu und drücken Sie „Erstellen“.',
      'Öffnen Sie https://console.cloud.google.com/auth/audience und drücken Sie „App veröffentlichen“, dann „Bestätigen“. Ohne diesen Schritt endet die Anmeldung nach 7 Tagen.',
      'Öffnen Sie https://console.cloud.google.com/auth/clients/create. Anwendungstyp: Desktop-App. Drücken Sie „Erstellen“, dann „JSON herunterladen“. Behalten Sie die Datei für sich.',
    ],
  },
  read: readClientFile,
}
