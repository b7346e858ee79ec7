/** Providers that are signed in to with a browser: what a person does in their pages, in the words that stand there. */
import type { Language } from '../../viewer/page/words.ts'

export interface BrowserWay {
  readonly provider: 'google' | 'microsoft'
  /** What the registration there ends with: a file, or an id to copy. */
  readonly registration: 'file' | 'id'
  readonly steps: Readonly<Record<Language, readonly string[]>>
}

export function browserWayOf(provider: string): BrowserWay {
  return provider === 'microsoft'
    ? { provider, registration: 'id', steps: microsoftSteps }
    : { provider: 'google', registration: 'file', steps: googleSteps }
}

const googleSteps: Readonly<Record<Language, readonly string[]>> = {
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

const microsoftSteps: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'Open https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade and sign in. A personal account may be asked to set up a free directory first.',
    'Name: Lifeboat. Supported account types: “Accounts in any organizational directory and personal Microsoft accounts”.',
    'Redirect URI: choose “Public client/native (mobile & desktop)” and type http://localhost. Press Register.',
    'Under Authentication, Settings, set “Allow public client flows” to Yes and press Save.',
    'Under Overview, copy the “Application (client) ID” and put it in here.',
  ],
  de: [
    'Öffnen Sie https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade und melden Sie sich an. Mit einem privaten Konto müssen Sie vielleicht zuerst ein kostenloses Verzeichnis anlegen.',
    'Name: Lifeboat. Unterstützte Kontotypen: „Konten in einem beliebigen Organisationsverzeichnis und persönliche Microsoft-Konten“.',
    'Umleitungs-URI: Wählen Sie „Öffentlicher Client/nativ (mobil und Desktop)“ und tippen Sie http://localhost ein. Drücken Sie „Registrieren“.',
    'Unter „Authentifizierung“, „Einstellungen“ stellen Sie „Öffentliche Clientflows zulassen“ auf „Ja“ und drücken „Speichern“.',
    'Unter „Übersicht“ kopieren Sie die „Anwendungs-ID (Client)“ und setzen sie hier ein.',
  ],
}
