/** What a person does in Google's pages, in the words that stand there. */
import type { Language } from '../../viewer/page/words.ts'

export const googleSteps: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'Open https://console.cloud.google.com/projectcreate and sign in with the account that you want to save. Name the project “Lifeboat” and press Create.',
    'Open https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com and press Enable.',
    'Open https://console.cloud.google.com/auth/overview and press Get started. App name: Lifeboat. Support and contact address: your own. Audience: External. Agree, and press Create.',
    'Open https://console.cloud.google.com/auth/audience and press Publish app, then Confirm. Without this step the sign-in ends after 7 days.',
    'Open https://console.cloud.google.com/auth/clients/create and choose Desktop app. Press Create, then Download JSON. Keep the file to yourself.',
  ],
  de: [
    'Öffnen Sie https://console.cloud.google.com/projectcreate und melden Sie sich mit dem Konto an, das Sie sichern wollen. Nennen Sie das Projekt „Lifeboat“ und drücken Sie „Erstellen“.',
    'Öffnen Sie https://console.cloud.google.com/flows/enableapi?apiid=gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com,drive.googleapis.com und drücken Sie „Aktivieren“.',
    'Öffnen Sie https://console.cloud.google.com/auth/overview und drücken Sie „Jetzt starten“. App-Name: Lifeboat. Support- und Kontaktadresse: Ihre eigene. Zielgruppe: Extern. Stimmen Sie zu und drücken Sie „Erstellen“.',
    'Öffnen Sie https://console.cloud.google.com/auth/audience und drücken Sie „App veröffentlichen“, dann „Bestätigen“. Ohne diesen Schritt endet die Anmeldung nach 7 Tagen.',
    'Öffnen Sie https://console.cloud.google.com/auth/clients/create und wählen Sie „Desktop-App“. Drücken Sie „Erstellen“, dann „JSON herunterladen“. Behalten Sie die Datei für sich.',
  ],
}
